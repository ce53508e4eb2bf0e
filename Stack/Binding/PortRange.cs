namespace UserNet.Binding;

/// <summary>The ports from <see cref="First"/> to <see cref="Last"/>, both included.</summary>
public readonly record struct PortRange
{
    /// <summary>A range of ports.</summary>
    /// <exception cref="ArgumentException">The last port is below the first.</exception>
    public PortRange(ushort first, ushort last)
    {
        if (last < first)
            throw new ArgumentException($"A port range runs upward; {first}-{last} does not.", nameof(last));
        First = first;
        Last = last;
    }

    /// <summary>The lowest port.</summary>
    public ushort First { get; }

    /// <summary>The highest port.</summary>
    public ushort Last { get; }

    /// <summary>How many ports: 1 to 65,536.</summary>
    public int Count => Last - First + 1;

    /// <summary>True when the port lies in the range.</summary>
    public bool Contains(int port) => port >= First && port <= Last;

    /// <summary>As in 32768-60999.</summary>
    public override string ToString() => $"{First}-{Last}";
}
