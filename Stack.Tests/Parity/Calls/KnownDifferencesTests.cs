using System.Net;
using UserNet.Tests.Infrastructure;
using UserNet.Tests.Ip;
using Xunit;

namespace UserNet.Tests.Parity.Calls;

/// <summary>Each kind of difference that is meant, shown on both sides, and no more than five of them.</summary>
[Collection(nameof(WholeProcess))]
public sealed class KnownDifferencesTests
{
    private const int Unix = 1, Inet = 2, Inet6 = 10, Stream = 1, Datagram = 2, Raw = 3, NonBlock = 0x800, DontWait = 0x40, Urgent = 1, More = 0x8000;
    private const int NoSuchOption = -92, NotSupported = -95, Invalid = -22, Again = -11, NoSuchProtocol = -93;

    private static readonly SocketKind[] Kinds =
        [new(Inet, Stream, 0), new(Inet6, Stream, 0), new(Inet, Datagram, 0), new(Inet6, Datagram, 0), new(Inet, Raw, 253), new(Inet6, Raw, 253), new(Unix, Stream, 0), new(Unix, Datagram, 0)];

    [Fact]
    public void There_are_four_at_most() => Assert.InRange(KnownDifferences.All.Count, 1, 4);

    [Fact]
    public void Options_that_would_do_nothing_here_are_refused_and_the_others_are_those_of_Linux()
    {
        const int MostNames = 140;
        var found = new List<string>();
        foreach (SocketKind kind in Kinds)
        {
            int[] levels = [1, 0, 6, 41, 17, 255, 58];
            Call[] asked =
            [
                .. from level in levels
                   from name in Enumerable.Range(-1, MostNames)
                   select new Call(CallKind.GetSockOpt) { Descriptor = 0, A = level, B = name, Octets = new byte[256], Length = 256 },
            ];
            CallResult result = Both([Open(0, kind), .. asked]);
            for (int i = 1; i <= asked.Length; i++)
            {
                long kernel = result.Kernel[i]!.Value.Value, here = result.Facade[i]!.Value.Value;
                bool isListed = OptionsNotHere.Contains(kind, asked[i - 1].A, asked[i - 1].B) && !OptionsNotHere.IsReadable(kind, asked[i - 1].A, asked[i - 1].B);
                string what = $"{kind}: level {asked[i - 1].A}, option {asked[i - 1].B}: kernel {kernel}, here {here}";
                if (isListed ? here is not NoSuchOption && !(here < 0 && kernel == here) : kernel != here) found.Add(what);
            }
        }

        Assert.True(found.Count == 0, string.Join('\n', found));
    }

    [Theory]
    [InlineData(Stream, 0, 4)]
    [InlineData(Stream, 6, 19)]
    [InlineData(Datagram, 1, 18)]
    [InlineData(Datagram, 0, 21)]
    [InlineData(Raw, 1, 18)]
    public void An_option_that_would_do_nothing_here_is_refused(int type, int level, int name)
    {
        var kind = new SocketKind(Inet, type, type == Raw ? 253 : 0);
        CallResult result = Both([Open(0, kind), new Call(CallKind.SetSockOpt) { Descriptor = 0, A = level, B = name, Octets = new byte[8], Length = 8 }]);
        Assert.Equal((0, NoSuchOption), Values(result, 1));
        Assert.Same(KnownDifferences.Options, Found(result, 1, kind));
    }

    [Fact]
    public void Nothing_is_corked()
    {
        var kind = new SocketKind(Inet, Datagram, 0);
        CallResult result = Both([Open(0, kind), Bound(0), new Call(CallKind.SendTo) { Descriptor = 0, Flags = DontWait | More }.WithData([1, 2, 3]).With(Local)]);
        Assert.Equal((3, NotSupported), Values(result, 2));
        Assert.Same(KnownDifferences.Corking, Found(result, 2, kind));
    }

    [Fact]
    public void Urgent_data_is_as_in_the_kernel()
    {
        var kind = new SocketKind(Inet, Stream, 0);
        CallResult result = Both(
        [
            Open(0, kind), Bound(0), new Call(CallKind.Listen) { Descriptor = 0, A = 1 }, Open(1, kind), new Call(CallKind.Connect) { Descriptor = 1 }.With(Local),
            new Call(CallKind.Accept4) { Descriptor = 0, Slot = 2, Flags = NonBlock, Address = new byte[16], AddressLength = 16 },
            new Call(CallKind.GetSockOpt) { Descriptor = 2, A = 1, B = 10, Octets = new byte[4], Length = 4 },
            new Call(CallKind.Send) { Descriptor = 1, Flags = DontWait | Urgent }.WithData([1, 2, 3]),
            new Call(CallKind.Recv) { Descriptor = 2, Octets = new byte[8], Length = 8, Flags = DontWait },
            new Call(CallKind.Recv) { Descriptor = 2, Octets = new byte[8], Length = 8, Flags = DontWait | Urgent },
            new Call(CallKind.Recv) { Descriptor = 2, Octets = new byte[8], Length = 8, Flags = DontWait },
        ]);
        Assert.Equal(("00000000 len 4", "00000000 len 4"), (result.Kernel[6]!.Value.Written, result.Facade[6]!.Value.Written));
        Assert.Equal((2, 2), Values(result, 8));      // the third octet is the urgent one, and a receive ends before it
        Assert.Equal((1, 1), Values(result, 9));
        Assert.Equal((Again, Again), Values(result, 10));
    }

    [Theory]
    [InlineData(Inet, Stream, 262)]
    [InlineData(Inet6, Datagram, 136)]
    public void Other_protocols_are_not_here(int domain, int type, int protocol)
    {
        var kind = new SocketKind(domain, type, protocol);
        CallResult result = Both([Open(0, kind)]);
        Assert.Equal((0, NoSuchProtocol), Values(result, 0));
        Assert.Same(KnownDifferences.Protocols, Found(result, 0, default));
    }

    [Fact]
    public void Numbers_of_a_host_are_its_own()
    {
        var kind = new SocketKind(Inet, Raw, 253);
        CallResult result = Both(
        [
            Open(0, kind), new Call(CallKind.SendTo) { Descriptor = 0, Flags = DontWait }.WithData([1, 2, 3]).With(Local),
            new Call(CallKind.Recv) { Descriptor = 0, Octets = new byte[64], Length = 64, Flags = DontWait },
        ]);
        (string kernel, string here) = (result.Kernel[2]!.Value.Written, result.Facade[2]!.Value.Written);
        Assert.NotEqual(kernel, here);
        Assert.Equal(Unmarked(kernel), Unmarked(here));
        Assert.Same(KnownDifferences.Numbers, Found(result, 2, kind));

        static string Unmarked(string packet) => $"{packet[..8]}{packet[12..20]}{packet[24..]}";      // identification, checksum
    }

    private static byte[] Local => [Inet, 0, Ports.FirstNamed >> 8, Ports.FirstNamed & 0xFF, .. IPAddress.Loopback.GetAddressBytes(), .. new byte[8]];

    private static Call Open(int slot, SocketKind kind) => new(CallKind.Socket) { A = kind.Domain, B = kind.Type | NonBlock, C = kind.Protocol, Slot = slot };

    private static Call Bound(int slot) => new Call(CallKind.Bind) { Descriptor = slot }.With(Local);

    private static CallResult Both(IReadOnlyList<Call> sequence)
    {
        if (KernelNamespace.Obstacle() is { } obstacle) Assert.Skip(obstacle);
        return CallDuel.Both(sequence);
    }

    private static (int Kernel, int Here) Values(CallResult result, int at) => ((int)result.Kernel[at]!.Value.Value, (int)result.Facade[at]!.Value.Value);

    private static KnownDifference? Found(CallResult result, int at, SocketKind kind) =>
        KnownDifferences.Find(new AnsweredCall(result.Sequence[at], kind, result.Kernel[at]!.Value, result.Facade[at]!.Value));
}
