using UserNet.Drill.Language;
using UserNet.Wire;

namespace UserNet.Drill.Running;

/// <summary>
/// Between a script's sequence numbers and those on the wire. A script's count from the initial numbers of both ends, except
/// in segments with SYN, which have them as they are.
/// </summary>
/// <remarks>Modulo 2³². As long as an initial number is not known it is 0, and numbers are those on the wire.</remarks>
internal sealed class SequenceMap
{
    /// <summary>The stack's initial number as the script has it.</summary>
    public uint ScriptLocal { get; set; }

    /// <summary>The stack's initial number on the wire.</summary>
    public uint LiveLocal { get; set; }

    /// <summary>The peer's initial number, the same in the script and on the wire.</summary>
    public uint Remote { get; set; }

    /// <summary>The sequence number of a segment into the stack.</summary>
    public uint InboundSequence(TcpSpec segment) =>
        HasSyn(segment.Flags) || segment.IsSequenceAbsolute ? segment.Sequence : segment.Sequence + Remote;

    /// <summary>An acknowledgment number, or an edge of a SACK block, of a segment into the stack.</summary>
    public uint InboundAck(TcpFlags flags, uint script) =>
        HasSyn(flags) ? script + (LiveLocal - ScriptLocal) : script + LiveLocal;

    /// <summary>The sequence number of a segment out of the stack, as a script has it.</summary>
    public uint OutboundSequence(TcpFlags flags, uint live) =>
        HasSyn(flags) ? live - (LiveLocal - ScriptLocal) : live - LiveLocal;

    /// <summary>An acknowledgment number, or an edge of a SACK block, of a segment out of the stack, as a script has it.</summary>
    public uint OutboundAck(TcpFlags flags, uint live) => HasSyn(flags) ? live : live - Remote;

    /// <summary>The reverse of <see cref="OutboundAck"/>: what is to be on the wire.</summary>
    public uint ExpectedAck(TcpFlags flags, uint script) => HasSyn(flags) ? script : script + Remote;

    /// <summary>The number of a segment of the stack that an ICMP message tells of.</summary>
    public uint Echoed(uint script) => script + LiveLocal;

    private static bool HasSyn(TcpFlags flags) => (flags & TcpFlags.Syn) != 0;
}
