using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using UserNet.Buffers;
using UserNet.Doors;
using UserNet.Link;
using UserNet.Tap;
using UserNet.Tests.Infrastructure;
using Xunit;
using static UserNet.Tests.Tap.OwnNamespace;

namespace UserNet.Tests.Tap;

/// <summary>
/// Two kernels, each in a namespace of its own, that talk TCP through two devices which this process joins: what
/// comes with work left to do goes out with the same facts, and only if both are right does the stream arrive whole.
/// </summary>
[Collection(nameof(WholeProcess))]
public sealed class SuperFrameTests
{
    private const int LargestFrame = 1514;
    private const int Octets = 16 << 20;

    [Theory]
    [InlineData("tap", "tap")]
    [InlineData("packet", "packet")]
    [InlineData("packet", "tap")]
    [InlineData("tap", "packet")]
    [InlineData("pcap", "tap")]
    public void A_stream_between_kernels_crosses_in_frames_of_many_segments(string from, string to)
    {
        if (from == "pcap") CardDeviceTests.SkipWithoutPcap();
        byte[] sent = new byte[Octets];
        TestSettings.Random(3).NextBytes(sent);
        Forwarder forth = new(), back = new();
        Device? near = null, far = null;
        Socket? listener = null, sender = null;
        try
        {
            // A namespace lasts as long as the sockets in it.
            Run(() =>
            {
                far = Build(to, "10.9.0.2");
                listener = NewSocket();
                listener.Bind(new IPEndPoint(IPAddress.Parse("10.9.0.2"), 5000));
                listener.Listen();
            });
            Run(() =>
            {
                near = Build(from, "10.9.0.1");
                sender = NewSocket();
            });
            (forth.To, back.To) = (far, near);
            near!.Start(forth);
            far!.Start(back);

            byte[] received = [];
            Thread reader = new(() => received = ReadAll(listener!));
            reader.Start();
            sender!.Connect(new IPEndPoint(IPAddress.Parse("10.9.0.2"), 5000));
            sender.Send(sent);
            sender.Shutdown(SocketShutdown.Send);
            reader.Join();
            Assert.True(sent.AsSpan().SequenceEqual(received), $"{received.Length} octets, {forth}; {near.Counters}; {far.Counters}");
        }
        finally
        {
            near?.Dispose();
            far?.Dispose();
            listener?.Dispose();
            sender?.Dispose();
        }

        Assert.True(forth.SuperFrames > 10, $"{forth}");
        Assert.Equal(0, forth.WithoutFacts);
        Assert.InRange(forth.SegmentSize, 1000, 1460);
        Assert.Equal((0L, 0L), (far.Counters.FramesRefused, near.Counters.FramesCutShort));
    }

    private static Device Build(string kind, string address)
    {
        Device device;
        string kernelSide = "t0";
        if (kind == "tap")
        {
            device = Device.Open("tap:t0", new DeviceOptions { BringUp = true });
        }
        else
        {
            kernelSide = "v1";
            IpTool("link add v0 type veth peer name v1");
            IpTool("link set v0 up");
            IpTool("link set v1 up");
            device = Device.Open($"{kind}:v0", new DeviceOptions { Promiscuous = true });
        }

        IpTool($"addr add {address}/24 dev {kernelSide}");
        return device;
    }

    private static Socket NewSocket() => new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp)
    {
        ReceiveTimeout = 20_000,
        SendTimeout = 20_000,
    };

    private static byte[] ReadAll(Socket listener)
    {
        byte[] octets = new byte[Octets + 1];
        int length = 0;
        try
        {
            using Socket socket = listener.Accept();
            socket.ReceiveTimeout = 20_000;
            while (socket.Receive(octets.AsSpan(length)) is var read and > 0) length += read;
        }
        catch (SocketException)
        {
            // Too little arrived, as will be seen.
        }

        return octets[..length];
    }

    /// <summary>Sends on what comes, fills in checksums where the other side does not, and counts.</summary>
    private sealed class Forwarder : IFrameSink
    {
        private readonly LinkFrame[] _one = new LinkFrame[1];

        public ILink? To { get; set; }

        public int SuperFrames { get; private set; }

        public int WithoutFacts { get; private set; }

        public int SegmentSize { get; private set; }

        public int Lost { get; private set; }

        public void OnFrames(ReadOnlySpan<LinkFrame> frames, Span<DropReason> verdicts)
        {
            foreach (LinkFrame frame in frames)
            {
                Note(frame);
                _one[0] = frame;
                if (frame.Offload.NeedsChecksum && (To!.Features & LinkFeatures.Checksum) == 0) _one[0] = Complete(frame);
                if (To!.Send(_one) != 1) Lost++;
            }
        }

        public void OnWritable()
        {
        }

        public void OnClosed(Exception? failure)
        {
        }

        public override string ToString() => $"{SuperFrames} super-frames, {WithoutFacts} without facts, {SegmentSize} in a segment, {Lost} lost";

        private void Note(in LinkFrame frame)
        {
            if (frame.Octets.Length <= LargestFrame) return;
            SuperFrames++;
            SegmentSize = frame.Offload.SegmentSize;
            if (frame.Offload is not { SegmentKind: SegmentKind.TcpV4, SegmentSize: > 0, NeedsChecksum: true }) WithoutFacts++;
        }

        private static LinkFrame Complete(in LinkFrame frame)
        {
            byte[] octets = frame.Octets.ToArray();
            ushort checksum = TestFrames.Checksum(octets.AsSpan(frame.Offload.ChecksumStart));
            BinaryPrimitives.WriteUInt16BigEndian(octets.AsSpan(frame.Offload.ChecksumStart + frame.Offload.ChecksumOffset), checksum);
            return new LinkFrame(octets);
        }
    }
}
