namespace UserNet.Link;

/// <summary>What passed an interface, in frames and octets of frames. RFC 2863 §6.</summary>
/// <remarks>Gate held.</remarks>
public sealed class LinkCounters
{
    /// <summary>Frames that arrived, dropped ones included.</summary>
    public long FramesIn { get; internal set; }

    /// <summary>Octets that arrived.</summary>
    public long OctetsIn { get; internal set; }

    /// <summary>Frames that the link took.</summary>
    public long FramesOut { get; internal set; }

    /// <summary>Octets that the link took.</summary>
    public long OctetsOut { get; internal set; }

    /// <summary>Frames that were dropped on their way in.</summary>
    public long DropsIn { get; internal set; }

    /// <summary>Frames that were dropped on their way out.</summary>
    public long DropsOut { get; internal set; }
}
