namespace UserNet.Simulation;

/// <summary>Something that was expected of a virtual network did not happen, or something did that was not to.</summary>
/// <remarks>Any test framework shows its message: what was expected, by when, and what came instead.</remarks>
public sealed class ExpectationException : Exception
{
    internal ExpectationException(string message, IReadOnlyList<SeenPacket>? packets = null)
        : base(message) => Packets = packets ?? [];

    /// <summary>The last packets that the watch saw, oldest first; none where packets were not the question.</summary>
    public IReadOnlyList<SeenPacket> Packets { get; }
}
