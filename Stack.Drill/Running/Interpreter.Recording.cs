using UserNet.Drill.Language;
using UserNet.Drill.Machine;
using UserNet.Wire;

namespace UserNet.Drill.Running;

/// <content>Nothing is expected: what comes is written down.</content>
internal sealed partial class Interpreter
{
    private static readonly PacketSpec OpeningSyn = Opening(TcpFlags.Syn), OpeningAnswer = Opening(TcpFlags.Syn | TcpFlags.Ack);

    /// <summary>Where all that happens is written down instead of compared; null for nowhere.</summary>
    public ScriptRecord? Record { get; init; }

    // Takes what leaves until an event is due.
    private void RecordUntil(ScriptRecord record, long due, Func<bool> isOver)
    {
        while (_machine.TryTake(due, isOver, out SentPacket sent))
        {
            if (SeenPacket.Parse(sent.Octets, sent.Time) is not { } seen) continue;
            // The first SYN or SYN-ACK of a connection gives its numbers: 0 in scripts.
            PacketSpec? line = seen.Tcp switch
            {
                { IsBareSyn: true } => OpeningSyn,
                { } segment when segment.Has(TcpFlags.Syn) => OpeningAnswer,
                { } => null,
                null => null,
            };
            if (line is not null) _sockets.OnExpected((TcpSpec)line.Body);
            if (!_sockets.IsOfCurrent(seen, line)) continue;
            if (seen.Tcp is { } stamped && PacketComparer.StampOf(stamped) is { } live) _sockets.Current!.Timestamps.RecordAsSeen(live);
            record.Add(new RecordedPacket(_next, seen.Time, PacketText.Of(seen, _sockets.Current, WayToWrite(record, seen.TrafficClass))));
        }
    }

    // What the next call answers is written down too, all of it. A call that is made while another waits speaks for itself.
    private void Observe(int index) => _calls.Observed = Record is { } record ? (part, text) => record.Part(index, part, text) : null;
    // What a packet says of ECN and DSCP is told from the first on that says anything.
    private static PacketSpec? WayToWrite(ScriptRecord record, int trafficClass)
    {
        record.TellsEcn |= (trafficClass & 3) != 0;
        record.TellsTypeOfService |= trafficClass >> 2 != 0;
        IpSpec ip = new(Ecn: record.TellsEcn ? EcnSpec.NoEcn : EcnSpec.Unsaid, TypeOfService: record.TellsTypeOfService ? 0 : null);
        return new PacketSpec(false, ip, new TcpSpec(), default);
    }

    private static PacketSpec Opening(TcpFlags flags) => new(false, new IpSpec(), new TcpSpec { Flags = flags }, default);
}
