using UserNet.Addressing;
using UserNet.Buffers;
using UserNet.Doors;
using UserNet.Tests.Infrastructure;
using UserNet.Wire;
using Xunit;
using static System.Buffers.Binary.BinaryPrimitives;

namespace UserNet.Tests.Ip;

/// <summary>A local sender leaves the transport checksum open; whoever sends the packet further completes it.</summary>
public sealed class OpenChecksumTests : IDisposable
{
    private static readonly PacketOffload Open = new() { NeedsChecksum = true, ChecksumIsGood = true, ChecksumStart = 20, ChecksumOffset = 6 };
    private readonly InputRig _rig = new(rightMtu: 600);

    public void Dispose() => _rig.Dispose();

    [Theory]
    [InlineData(0)]
    [InlineData(33)]
    [InlineData(1000)]      // in fragments, and quoted in part
    public void Of_a_packet_that_is_sent_on_or_quoted_in_an_error_the_checksum_is_right(int length)
    {
        byte[] payload = new byte[length];
        TestSettings.Random(length).NextBytes(payload);
        _rig.Settings.Forwards = true;

        Assert.Equal(DropReason.None, _rig.Left.Receive(Datagram("10.8.0.7", payload, isOpen: true), Open));
        byte[] whole = [.. _rig.Right.TakeSent().SelectMany(static packet => packet[20..])];
        Assert.Equal(Datagram("10.8.0.7", payload, isOpen: false)[20..], whole);

        Assert.Equal(DropReason.UdpNoPort, _rig.Left.Receive(Datagram("10.9.0.2", payload, isOpen: true), Open));
        byte[] error = Assert.Single(_rig.Left.TakeSent());
        Assert.True(Ipv4Packet.TryParse(error, out Ipv4Packet packet));
        Assert.True(Icmpv4Message.TryParse(packet.Payload, out Icmpv4Message message));
        Assert.True(message.ChecksumIsRight);
        Assert.Equal(Datagram("10.9.0.2", payload, isOpen: false)[..message.Payload.Length], message.Payload.ToArray());
    }

    [Fact]
    public void What_is_complete_is_left_as_it_is_be_it_right_or_wrong()
    {
        byte[] wrong = Datagram("10.8.0.7", [1, 2, 3], isOpen: true);
        _rig.Settings.Forwards = true;
        Assert.Equal(DropReason.None, _rig.Left.Receive(wrong));
        Assert.Equal(wrong[20..], Assert.Single(_rig.Right.TakeSent())[20..]);
    }

    private static byte[] Datagram(string to, byte[] payload, bool isOpen)
    {
        byte[] datagram = Frames.Udp("10.9.0.1", 5000, to, 53, payload);
        if (isOpen)
        {
            // The folded sum of the pseudo-header: what is missing is the sum of the rest.
            var pseudo = new PseudoHeader(InetAddress.Parse("10.9.0.1"), InetAddress.Parse(to), IpProtocol.Udp, datagram.Length);
            WriteUInt16BigEndian(datagram.AsSpan(6), InternetChecksum.Fold(pseudo.Sum));
        }

        return InputRig.V4("10.9.0.1", to, datagram);
    }
}
