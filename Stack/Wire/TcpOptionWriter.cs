using static System.Buffers.Binary.BinaryPrimitives;

namespace UserNet.Wire;

/// <summary>Writes TCP options one behind the other. RFC 9293 §3.2.</summary>
/// <remarks>
/// The caller decides order and padding, and sees to it that they fit: 40 octets are all there is room for.
/// </remarks>
/// <param name="target">Where to, octets; 40 hold whatever a header can carry.</param>
public ref struct TcpOptionWriter(Span<byte> target)
{
    /// <summary>Octets of options that a header has room for.</summary>
    public const int MaxLength = 40;

    /// <summary>What comes first in an experimental option that holds a Fast Open cookie. RFC 7413 §4.1.1.</summary>
    public const ushort FastOpenMagic = 0xF989;

    private readonly Span<byte> _target = target;

    /// <summary>How many octets were written.</summary>
    public int Length { get; private set; }

    /// <summary>How many octets still fit a header.</summary>
    public readonly int Room => Math.Min(_target.Length, MaxLength) - Length;

    /// <summary>What was written.</summary>
    public readonly ReadOnlySpan<byte> Written => _target[..Length];

    /// <summary>One no-operation.</summary>
    public void NoOperation() => _target[Length++] = (byte)TcpOptionKind.NoOperation;

    /// <summary>The end of the list; more of it is padding.</summary>
    public void End() => _target[Length++] = (byte)TcpOptionKind.EndOfList;

    /// <summary>The largest segment that the sender takes. RFC 9293 §3.7.1.</summary>
    public void MaximumSegmentSize(ushort octets)
    {
        Span<byte> option = Next(TcpOptionKind.MaximumSegmentSize, 4);
        WriteUInt16BigEndian(option[2..], octets);
    }

    /// <summary>By how many bits the sender's windows are shifted. RFC 7323 §2.2.</summary>
    public void WindowScale(byte shift) => Next(TcpOptionKind.WindowScale, 3)[2] = shift;

    /// <summary>The sender understands selective acknowledgments. RFC 2018 §2.</summary>
    public void SackPermitted() => Next(TcpOptionKind.SackPermitted, 2);

    /// <summary>The time, and an echo of the peer's. RFC 7323 §3.2.</summary>
    public void Timestamps(uint value, uint echo)
    {
        Span<byte> option = Next(TcpOptionKind.Timestamps, 10);
        WriteUInt32BigEndian(option[2..], value);
        WriteUInt32BigEndian(option[6..], echo);
    }

    /// <summary>The timestamps of a segment without SYN: two no-operations in front put them at a word's start.</summary>
    public void AddAlignedTimestamps(uint value, uint echo)
    {
        Span<byte> option = _target.Slice(Length, 12);
        WriteUInt32BigEndian(option, TcpOptionValues.AlignedTimestamps);
        WriteUInt32BigEndian(option[4..], value);
        WriteUInt32BigEndian(option[8..], echo);
        Length += 12;
    }

    /// <summary>The head of a SACK option; as many calls of <see cref="SackBlock"/> follow. RFC 2018 §3.</summary>
    /// <param name="blocks">One to four; three beside timestamps.</param>
    public void BeginSack(int blocks)
    {
        Span<byte> option = _target.Slice(Length, 2);
        option[0] = (byte)TcpOptionKind.Sack;
        option[1] = (byte)(2 + (8 * blocks));
        Length += 2;
    }

    /// <summary>One block of octets that arrived, the most recent first.</summary>
    /// <param name="left">The first sequence number of the block.</param>
    /// <param name="right">The sequence number behind its last.</param>
    public void SackBlock(uint left, uint right)
    {
        Span<byte> block = _target.Slice(Length, 8);
        WriteUInt32BigEndian(block, left);
        WriteUInt32BigEndian(block[4..], right);
        Length += 8;
    }

    /// <summary>A signature, whose 16 octets are still 0. RFC 2385 §3.0.</summary>
    public void Signature() => Next(TcpOptionKind.Md5Signature, 18)[2..].Clear();

    /// <summary>A Fast Open cookie, or, where it is empty, the wish for one. RFC 7413 §4.1.1.</summary>
    public void FastOpen(scoped ReadOnlySpan<byte> cookie) => cookie.CopyTo(Next(TcpOptionKind.FastOpen, 2 + cookie.Length)[2..]);

    /// <summary>The same as an experimental option, as it was before it had a kind of its own. RFC 7413 §7.</summary>
    public void FastOpenExperimental(scoped ReadOnlySpan<byte> cookie)
    {
        Span<byte> option = Next(TcpOptionKind.Experimental, 4 + cookie.Length);
        WriteUInt16BigEndian(option[2..], FastOpenMagic);
        cookie.CopyTo(option[4..]);
    }

    /// <summary>Octets that arrived with each ECN field, ECT(1) first. RFC 9768 §3.2.3.</summary>
    /// <param name="counters">How many of the counters that follow there is room for, from the first on: 0 to 3.</param>
    /// <param name="ect1">Octets of ECT(1); the low 24 bits are written, as of the others.</param>
    /// <param name="ce">Octets of CE.</param>
    /// <param name="ect0">Octets of ECT(0).</param>
    public void AccurateEcn(int counters, uint ect1, uint ce, uint ect0)
    {
        Span<byte> option = Next(TcpOptionKind.AccurateEcn1, AccurateEcnOption.LengthOf(counters));
        for (int i = 0; i < counters; i++)
        {
            uint counter = i == 0 ? ect1 : i == 1 ? ce : ect0;
            Span<byte> field = option[AccurateEcnOption.LengthOf(i)..];
            field[0] = (byte)(counter >> 16);
            WriteUInt16BigEndian(field[1..], (ushort)counter);
        }
    }

    /// <summary>No-operations until <see cref="Length"/> leaves this rest when divided by 4.</summary>
    public void FillTo(int phase)
    {
        while ((Length & 3) != phase) NoOperation();
    }

    /// <summary>The end of the list as often as it takes to reach a multiple of 4 octets.</summary>
    public void EndAtWord()
    {
        while ((Length & 3) != 0) End();
    }

    private Span<byte> Next(TcpOptionKind kind, int length)
    {
        Span<byte> option = _target.Slice(Length, length);
        option[0] = (byte)kind;
        option[1] = (byte)length;
        Length += length;
        return option;
    }
}
