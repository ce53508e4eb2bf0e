namespace UserNet.Simulation;

// What tests expect of a host.
public sealed partial class VirtualHost
{
    /// <summary>
    /// Watches the packets at the host's interfaces, from now on; also after restarts, and at interfaces that come.
    /// </summary>
    /// <param name="interfaceName">One of them alone, as in eth0; null for all.</param>
    /// <param name="memory">How many of the last packets to keep.</param>
    /// <returns>The watch, which ends when it is disposed.</returns>
    /// <remarks>The network's thread. What happens is the same with watches and without.</remarks>
    public PacketWatch Watch(string? interfaceName = null, int memory = PacketWatch.DefaultMemory)
    {
        string prefix = $"{Name}/{interfaceName}";
        bool isOne = interfaceName is not null;
        return new PacketWatch(
            _network, isOne ? prefix : Name, memory,
            point => isOne ? point == prefix : point.StartsWith(prefix, StringComparison.Ordinal), who => who == Name);
    }

    /// <summary>Checks that the host's bind table looks so, now.</summary>
    /// <param name="rows">
    /// A line a row, as <see cref="NetworkStack.Snapshot"/> prints them: netid, state, local, peer, terms.
    /// <see cref="TableExpectation"/>.
    /// </param>
    /// <exception cref="ExpectationException">
    /// It does not, or the host is down. The message has the rows that are missing and too many.
    /// </exception>
    /// <remarks>The network's thread.</remarks>
    public void ExpectTable(string rows)
    {
        var expected = new TableExpectation(rows);
        if (WhyNot(expected) is { } reason) throw new ExpectationException($"At {_network.Clock.Now} s {reason}");
    }

    /// <summary>
    /// Lets time pass until the host's bind table looks so, which is looked at when nothing is left to do at an
    /// instant.
    /// </summary>
    /// <param name="rows">As <see cref="ExpectTable"/>.</param>
    /// <param name="limit">How much time may pass.</param>
    /// <exception cref="ExpectationException">
    /// It does not until then, or nothing is left to happen that could change it.
    /// </exception>
    /// <remarks>The network's thread; also inside a program, which then waits as a blocking call does.</remarks>
    public void ExpectTableWithin(string rows, TimeSpan limit)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, TimeSpan.Zero);
        var expected = new TableExpectation(rows);
        if (_network.RunUntil(() => WhyNot(expected) is null, limit)) return;
        string hindrances = string.Concat(_network.Hindrances().Select(static line => $"{line}\n"));
        throw new ExpectationException($"At {_network.Clock.Now} s, {Expectation.InWords(limit)} later, {WhyNot(expected)}\n{hindrances}".TrimEnd('\n'));
    }

    private string? WhyNot(TableExpectation expected)
    {
        if (!IsUp) return $"{Name} is down, and has no table.";
        return expected.Differences(Stack.Snapshot()) is { } differences
            ? $"the table of {Name} is not as expected:\n{differences}"
            : null;
    }
}
