using UserNet.Doors;
using UserNet.Wire;
using Xunit;

namespace UserNet.Tests.Ip;

public sealed class FragmentPropertyTests
{
    private sealed record Piece(string From, ushort Id, int Start, byte[] Octets, bool More);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Whatever_way_packets_are_cut_and_mixed_they_come_out_as_they_were(bool isV6)
    {
        Random random = TestSettings.Random(730);
        for (int run = 0; run < TestSettings.Count(40, 2000); run++)
        {
            using InputRig rig = new(speaksV6: isV6);
            Dictionary<ushort, byte[]> sent = [];
            List<Piece> pieces = [];
            for (ushort id = 0; id < 8; id++)
            {
                sent[id] = new byte[random.Next(9, random.Next(2) == 0 ? 200 : 65_515)];
                random.NextBytes(sent[id]);
                pieces.AddRange(Cut(sent[id], id, random));
            }

            HashSet<ushort> doubled = [];
            for (int i = random.Next(5); i > 0; i--)
            {
                Piece again = pieces[random.Next(pieces.Count)];
                if (doubled.Add(again.Id)) pieces.Insert(random.Next(pieces.Count), again);      // more might make a second packet
            }

            Piece[] shuffled = [.. pieces];
            random.Shuffle(shuffled);
            HashSet<ushort> whole = [];
            foreach (Piece piece in shuffled)
            {
                Received received = Give(rig, piece, isV6);
                if (!received.IsWhole) continue;
                Assert.True(whole.Add(piece.Id));
                Assert.Equal(sent[piece.Id], received.Payload);
                if (isV6) Assert.True(Ipv6Packet.TryParse(received.Packet, out Ipv6Packet whole6) && (int)whole6.NextHeader == 200);
                else Assert.True(Ipv4Packet.TryParse(received.Packet, out Ipv4Packet packet) && packet.ChecksumIsRight && !packet.IsFragment);
            }

            Assert.Equal(8, whole.Count);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void With_loss_overlaps_lies_and_late_comers_it_does_what_a_plain_model_does(bool isV6)
    {
        Random random = TestSettings.Random(731);
        int overlaps = 0, duplicates = 0, wholes = 0, timeouts = 0;
        for (int run = 0; run < TestSettings.Count(150, 6000); run++)
        {
            using InputRig rig = new(speaksV6: isV6);
            FragmentModel model = new(isV6);
            List<Piece> pieces = [.. Enumerable.Range(0, 6).SelectMany(i => Wild(random, (ushort)(i % 4)))];
            Piece[] shuffled = [.. pieces];
            if (random.Next(3) > 0) random.Shuffle(shuffled);
            TimeSpan now = TimeSpan.Zero;
            foreach (Piece piece in shuffled)
            {
                TimeSpan pause = TimeSpan.FromMilliseconds(random.Next(20) == 0 ? random.Next(20_000) : random.Next(100));
                rig.Clock.Advance(pause);
                model.Expire(now += pause);
                (DropReason reason, byte[]? whole) = model.Add($"{piece.From}/{piece.Id}", piece.Start, piece.Octets, piece.More, now);
                Received received = Give(rig, piece, isV6);
                Assert.Equal((reason, whole is not null), (received.Reason, received.IsWhole));
                if (whole is not null) Assert.Equal(whole, received.Payload);
                Assert.Equal(model.Count, rig.Fragments.Count);
                if (reason == DropReason.FragmentOverlap) overlaps++;
                if (reason == DropReason.FragmentDuplicate) duplicates++;
                if (whole is not null) wholes++;
            }

            rig.Clock.Advance(TimeSpan.FromMinutes(2));
            model.Expire(now + TimeSpan.FromMinutes(2));
            Assert.Equal(0, rig.Fragments.Count);
            Assert.Equal(0, rig.Fragments.Held);
            Assert.Equal(model.Timeouts, rig.Drops(DropReason.FragmentTimeout));
            int told = rig.Left.Sent.Count(sent => isV6 ? sent[6] == 58 && sent[40] == 3 : sent[20] == 11);
            Assert.InRange(told, Math.Min(1, model.ErrorsDue), model.ErrorsDue);      // their rate is limited
            timeouts += model.Timeouts;
        }

        // Else the test shows nothing.
        Assert.All([overlaps, duplicates, wholes, timeouts], static seen => Assert.InRange(seen, 20, int.MaxValue));
    }

    private static Received Give(InputRig rig, Piece piece, bool isV6)
    {
        if (!isV6) return rig.Receive(InputRig.V4(piece.From, "10.9.0.2", piece.Octets, id: piece.Id, offset: piece.Start, more: piece.More));
        string from = piece.From == "10.9.0.1" ? "2001:db8:9::1" : "2001:db8:9::3";
        return rig.ReceiveV6(InputRig.V6Fragment(from, "2001:db8:9::2", piece.Octets, piece.Id, piece.Start, piece.More));
    }

    private static IEnumerable<Piece> Cut(byte[] payload, ushort id, Random random)
    {
        int most = random.Next(3) == 0 ? 1 : random.Next(2, 400);
        if (payload.Length > 10_000) most += 40;
        for (int at = 0; at < payload.Length;)
        {
            int length = Math.Min(8 * random.Next(1, most + 1), payload.Length - at);
            if (at == 0 && length == payload.Length) length = 8;      // a whole packet is no fragment
            yield return new Piece("10.9.0.1", id, at, payload[at..(at + length)], at + length < payload.Length);
            at += length;
        }
    }

    /// <summary>A packet in fragments, some of which are lost, come twice, are changed or lie.</summary>
    private static List<Piece> Wild(Random random, ushort id)
    {
        byte[] payload = new byte[random.Next(9, random.Next(3) == 0 ? 9000 : 120)];
        random.NextBytes(payload);
        string from = random.Next(4) == 0 ? "10.9.0.3" : "10.9.0.1";
        List<Piece> pieces = [];
        int mischief = random.Next(3) == 0 ? 4 : 60;
        foreach (Piece piece in Cut(payload, id, random))
        {
            Piece some = piece with { From = from };
            switch (random.Next(mischief))
            {
                case 0: break;      // lost
                case 1: pieces.AddRange([some, some]); break;
                case 2: pieces.AddRange([some, some with { Start = Math.Max(0, piece.Start + (8 * random.Next(-2, 3))) }]); break;
                case 3: pieces.AddRange([some, Bent(some, random)]); break;
                default: pieces.Add(some); break;
            }
        }

        return pieces;
    }

    private static Piece Bent(Piece piece, Random random)
    {
        byte[] octets = [.. piece.Octets];
        switch (random.Next(4))
        {
            case 0:
                octets[random.Next(octets.Length)] ^= 1;
                return piece with { Octets = octets };
            case 1:
                return piece with { More = !piece.More };
            case 2:
                return piece with { Octets = octets[..random.Next(octets.Length)] };
            default:
                return piece with { Octets = [.. octets, .. new byte[random.Next(1, 20)]] };
        }
    }
}
