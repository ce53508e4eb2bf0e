using UserNet.Sockets;
using UserNet.Tests.Infrastructure;
using UserNet.Tests.Ip;
using Xunit;
using static UserNet.Facades.Posix.PosixConstants;

namespace UserNet.Tests.Parity.Calls;

/// <summary>Options that few streams have, and those that sockets keep and nothing heeds, each set to many values and read again: the running kernel answers the same, errno by errno and octet by octet.</summary>
[Collection(nameof(WholeProcess))]
public sealed class StreamOptionDuelTests
{
    private const int NonBlock = 0x800, Nobody = 65_534;

    private static readonly (int Level, int Name)[] Options =
    [
        .. from name in (int[])[RawOption.Priority, SO_TIMESTAMP, SO_TIMESTAMPNS, RawOption.Mark, SO_TIMESTAMPING, RawOption.BusyPoll, SO_MAX_PACING_RATE, RawOption.IncomingNapiId, SO_ZEROCOPY,
               RawOption.TransmitTime, SO_TIMESTAMP_NEW, SO_TIMESTAMPNS_NEW, SO_TIMESTAMPING_NEW, RawOption.PreferBusyPoll, RawOption.BusyPollBudget]
           select (SOL_SOCKET, name),
        .. from name in (int[])[RawTcpOption.ThinLinearTimeouts, RawTcpOption.ThinDuplicateAck, TCP_INQ, RawTcpOption.TransmitDelay, RawTcpOption.IsMultipath,
               RawTcpOption.LongestTimeout]
           select (IPPROTO_TCP, name),
        (IPPROTO_IP, RawOption.MtuDiscover), (IPPROTO_IPV6, RawOption.V6MtuDiscover),
    ];

    private static readonly byte[][] Values =
    [
        .. from number in (int[])[0, 1, 2, 3, 5, 6, 7, -1, 8, 16, 24, 0x80, 0x910, 0x1000, 0x1800, 0x10000, 0x10080, 1 << 18, 1 << 19, 999, 1000, 120_000, 120_001, 65_536, int.MaxValue, int.MinValue]
           select BitConverter.GetBytes(number),
        [], [1], [1, 0, 0, 0, 1, 0, 0, 0], [1, 0, 0, 0, 3, 0, 0, 0], [0, 0, 0, 0, 0, 0, 0, 0], [0, 0, 0, 0, 4, 0, 0, 0], [8, 0, 0, 0, 0, 0, 0, 0], [11, 0, 0, 0, 1, 0, 0, 0], [255, 255, 255, 255, 255, 255, 255, 255], new byte[12],
    ];

    /// <summary>Those that Linux keeps of any socket, and no part of this stack heeds.</summary>
    private static readonly (int Level, int Name)[] KeptOfAny =
    [
        .. from name in (int[])[1, 5, RawOption.Priority, 14, 16, 34, RawOption.Mark, 40, 41, 42, 43, 44, 45, RawOption.BusyPoll, 48, 49, RawOption.IncomingNapiId, RawOption.PreferBusyPoll,
               RawOption.BusyPollBudget, 72, 73, 74, 75, 76, 82, 83]
           select (SOL_SOCKET, name),
    ];

    private static readonly (int Level, int Name)[] KeptOfDatagrams = [.. KeptOfAny, .. from name in (int[])[5, 22, 52] select (IPPROTO_IP, name)];

    private static readonly (int Level, int Name)[] KeptOfStreams =
    [
        .. KeptOfDatagrams, (SOL_SOCKET, 11),
        .. from name in (int[])[3, 6, 7, 8, 12, 13, 18, 20, 23, 25, 26] select (IPPROTO_IP, name),
        .. from name in (int[])[20, 21, 27, 28, 29] select (IPPROTO_TCP, name),
        .. from name in (int[])[2, 3, 4, 5, 8, 11, 30, 31, 33, 49, 51, 53, 56, 58, 60, 62, 66, 74, 77] select (IPPROTO_IPV6, name),
    ];

    [Theory]
    [InlineData(AF_INET, 0)]
    [InlineData(AF_INET6, 0)]
    [InlineData(AF_INET, Nobody)]
    public void The_kernel_answers_the_same(int domain, int user) => Compare(domain, SOCK_STREAM, 0, user, Options);

    [Theory]
    [InlineData(AF_INET, SOCK_STREAM, 0)]
    [InlineData(AF_INET6, SOCK_STREAM, 0)]
    [InlineData(AF_INET, SOCK_STREAM, Nobody)]
    [InlineData(AF_INET, SOCK_DGRAM, 0)]
    [InlineData(AF_INET6, SOCK_DGRAM, 0)]
    [InlineData(AF_INET, SOCK_DGRAM, Nobody)]
    [InlineData(AF_INET, SOCK_RAW, 0)]
    [InlineData(AF_INET6, SOCK_RAW, 0)]
    [InlineData(AF_INET, SOCK_RAW, Nobody)]
    public void What_is_kept_and_not_heeded_is_read_as_the_kernel_has_it(int domain, int type, int user) =>
        Compare(domain, type, type == SOCK_RAW ? 253 : 0, user, type switch { SOCK_STREAM => KeptOfStreams, SOCK_DGRAM => KeptOfDatagrams, _ => KeptOfAny });

    private static void Compare(int domain, int type, int protocol, int user, (int Level, int Name)[] options)
    {
        if (KernelNamespace.Obstacle() is { } obstacle) Assert.Skip(obstacle);
        Call[] asked =
        [
            new(CallKind.Socket) { A = domain, B = type | NonBlock, C = protocol, Slot = 0 },
            .. user == 0 ? (Call[])[] : [new(CallKind.BecomeUser) { A = user }],
            .. from option in options
               from value in Values
               from call in (Call[])
               [
                   new(CallKind.SetSockOpt) { A = option.Level, B = option.Name, Octets = value, Length = value.Length },
                   new(CallKind.GetSockOpt) { A = option.Level, B = option.Name, Octets = new byte[24], Length = value.Length == 0 ? 24 : value.Length },
               ]
               select call,
        ];
        CallResult result = CallDuel.Both(asked);
        string[] found =
        [
            .. from i in Enumerable.Range(0, asked.Length)
               where result.Kernel[i] != result.Facade[i]
               select $"{asked[i]}: kernel {result.Kernel[i]}, here {result.Facade[i]}",
        ];
        Assert.True(found.Length == 0, string.Join('\n', found));
    }
}
