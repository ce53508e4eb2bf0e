namespace UserNet.Binding;

/// <summary>How an ephemeral port is chosen among the free ones: where the search begins and how it goes on.</summary>
/// <remarks>The first five are the algorithms of RFC 6056 §3.3, by number.</remarks>
public enum PortAlgorithm : byte
{
    /// <summary>Algorithm 1: from a random port upward.</summary>
    SimpleRandom = 1,
    /// <summary>Algorithm 2: a fresh random port each try.</summary>
    RandomEachTry = 2,
    /// <summary>Algorithm 3: a counter, offset by a keyed hash of both addresses and the remote port.</summary>
    Hash = 3,
    /// <summary>Algorithm 4: as 3, with a table of counters picked by a second hash.</summary>
    DoubleHash = 4,
    /// <summary>Algorithm 5: a counter with random increments.</summary>
    RandomIncrements = 5,
    /// <summary>The port after the last one that was handed out.</summary>
    Sequential = 6,
    /// <summary>The ports that the rig names, in its order: <see cref="BindSettings.Script"/>.</summary>
    Scripted = 7,
    /// <summary>
    /// Linux's bind of a stream: algorithm 1 over the ports whose parity is not that of the range's first port, then
    /// over the others; with SO_REUSEADDR in the lower half of the range first.
    /// </summary>
    LinuxBind = 8,
    /// <summary>
    /// Linux's connect of a stream: algorithm 4 over the ports of the first port's parity, then over the others.
    /// </summary>
    LinuxConnect = 9,
}

/// <summary>What becomes of a port that has just been released.</summary>
public enum ReleasedPort : byte
{
    /// <summary>It is the last to be handed out again: only when nothing else is free.</summary>
    Last,
    /// <summary>It is as good as any other.</summary>
    Any,
    /// <summary>It is handed out next: a rig that looks for mistakes of reuse asks for this.</summary>
    First,
}
