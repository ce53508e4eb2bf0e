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
            if (_sockets.IsOfCurrent(seen, line)) record.Add(new RecordedPacket(_next, seen.Time, PacketText.Of(seen, _sockets.Current)));
        }
    }

    private static PacketSpec Opening(TcpFlags flags) => new(false, new IpSpec(), new TcpSpec { Flags = flags }, default);
}
