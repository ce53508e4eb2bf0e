using UserNet.Buffers;
using UserNet.Doors;

namespace UserNet.Emulation;

/// <summary>What the wire does to the octets of a frame. Lock held.</summary>
internal sealed partial class ImpairedLane
{
    private void Change(PacketBuffer buffer, in FrameFate fate, WireChanges changes)
    {
        if ((changes & WireChanges.Marked) != 0)
        {
            EcnField.Mark(buffer.Span, _medium);
            _marked++;
        }

        if ((changes & WireChanges.Corrupted) != 0)
        {
            TurnBits(buffer.Span, fate.Corruption, _conditions.CorruptedBits);
            _corrupted++;
        }

        if ((changes & WireChanges.Truncated) != 0)
        {
            int left = 1 + (int)((fate.Truncation * (ulong)(buffer.Length - 1)) >> 32);
            buffer.TrimBack(buffer.Length - left);
            _truncated++;
        }

        if ((changes & WireChanges.Repeated) != 0) _repeated++;
        if ((changes & WireChanges.HeldBack) != 0) _heldBack++;
        // Nobody knows any more what the checksum is worth.
        if ((changes & (WireChanges.Corrupted | WireChanges.Truncated)) != 0)
            buffer.Offload = buffer.Offload with { ChecksumIsGood = false };
    }

    // Different bits, each set of them as likely: Floyd's sample, by Bentley 1987.
    private static void TurnBits(Span<byte> octets, uint random, int count)
    {
        int bits = octets.Length * 8;
        Span<int> turned = stackalloc int[64];
        int done = 0;
        ulong state = random;
        for (int last = bits - Math.Min(count, bits); last < bits; last++)
        {
            int bit = (int)((random * (ulong)(last + 1)) >> 32);
            if (turned[..done].Contains(bit)) bit = last;
            turned[done++] = bit;
            octets[bit / 8] ^= (byte)(1 << (bit % 8));
            random = (uint)(SeededRandom.SplitMix(ref state) >> 32);
        }
    }
}
