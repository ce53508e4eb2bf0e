namespace UserNet.Link;

/// <summary>The ports that have frames to send, in the order in which they came to have some.</summary>
/// <remarks>Gate held.</remarks>
public sealed class LinkOutbox
{
    private readonly Queue<LinkPort> _ready = new();

    /// <summary>True when some port has frames to send.</summary>
    public bool HasWork => _ready.Count > 0;

    /// <summary>Takes the next port.</summary>
    public LinkPort Take() => _ready.Dequeue();

    /// <summary>Adds a port, once.</summary>
    internal void Add(LinkPort port) => _ready.Enqueue(port);
}
