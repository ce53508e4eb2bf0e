using UserNet.Binding;
using UserNet.Errors;
using UserNet.Facades.Wsk;
using UserNet.Tests.Binding;
using Xunit;
using static UserNet.Facades.Wsk.WskConstants;

namespace UserNet.Tests.Facades.Wsk;

/// <summary>"Sharing Transport Addresses" through WskBind: every cell, and those that ask for access both ways.</summary>
public sealed class WskSharingTests
{
    private static readonly OwningProcess Owner = new(Caller.User(1000)), Other = new(Caller.User(1001));

    private static readonly string[] Kinds = ["listening", "connection", "stream", "datagram"];

    /// <summary>K1 to K36, cells that ask granted by the first socket's descriptor; K37 to K41 the same, denied by the default descriptor.</summary>
    public static TheoryData<string, string, string, bool, NtStatus> Cells()
    {
        var cells = new TheoryData<string, string, string, bool, NtStatus>();
        string[][] lines = [.. BindRulesTests.Wsk.Split('\n').Select(line => line.Split('|', StringSplitOptions.TrimEntries))];
        int number = 0;
        foreach (bool isDenied in new[] { false, true })
            foreach (string[] line in lines.Skip(1))
                for (int column = 1; column < line.Length; column++)
                    if (!isDenied || line[column] == "C") cells.Add($"K{++number}", lines[0][column], line[0], !isDenied, StatusOf(line[column], isDenied));
        Assert.Equal(41, number);
        return cells;
    }

    [Theory]
    [MemberData(nameof(Cells))]
    public void The_second_bind_is_answered_as_the_table_says(string cell, string first, string second, bool isGranted, NtStatus expected)
    {
        foreach (string kind in Kinds)
        {
            foreach (ushort family in new[] { AF_INET, AF_INET6 })
            {
                var rig = new WskRig();
                SecurityDescriptor? descriptor = isGranted ? SecurityDescriptor.Only(1000, 1001) : null;
                Assert.Equal(NtStatus.STATUS_SUCCESS, Open(rig, kind, family, first, Owner, descriptor).Bind(EndpointOf(family, first)));
                WskSocket socket = Open(rig, kind, family, second, Other, null);
                Assert.True(expected == socket.Bind(EndpointOf(family, second)), $"{cell}, {kind}, family {family}: {first} then {second} is not {expected}");
                Assert.Equal(expected == NtStatus.STATUS_SUCCESS ? 2 : 1, rig.Stack.HolderCount);
            }
        }
    }

    [Fact]
    public void One_owner_shares_with_itself_without_a_descriptor_and_not_with_one_that_leaves_it_out()
    {
        var rig = new WskRig();
        Open(rig, "datagram", AF_INET, "Def W", Owner, null).Bind("0.0.0.0:5000");
        Assert.Equal(NtStatus.STATUS_SUCCESS, Open(rig, "datagram", AF_INET, "Def S", Owner, null).Bind("10.1.0.1:5000"));
        Open(rig, "datagram", AF_INET, "Def W", Owner, SecurityDescriptor.Only(1001)).Bind("0.0.0.0:5001");
        Assert.Equal(NtStatus.STATUS_ACCESS_DENIED, Open(rig, "datagram", AF_INET, "Def S", Owner, null).Bind("10.1.0.1:5001"));
    }

    [Fact]
    public void A_thread_that_acts_for_somebody_binds_as_that_one()
    {
        var rig = new WskRig();
        Open(rig, "datagram", AF_INET, "Def W", Owner, null).Bind("0.0.0.0:5000");
        var thread = new OwningThread(Other, Owner.Caller);
        WskSocket socket = rig.Open(AF_INET, SOCK_DGRAM, IPPROTO_UDP, WSK_FLAG_DATAGRAM_SOCKET, null, process: Other, thread: thread);
        Assert.Equal(NtStatus.STATUS_SUCCESS, socket.Bind("10.1.0.1:5000"));
        socket = rig.Open(AF_INET, SOCK_DGRAM, IPPROTO_UDP, WSK_FLAG_DATAGRAM_SOCKET, null, process: Owner, thread: new OwningThread(Other));
        Assert.Equal(NtStatus.STATUS_ACCESS_DENIED, socket.Bind("10.1.0.2:5000"));
    }

    [Fact]
    public void A_descriptor_is_set_and_read_as_an_option_before_the_bind()
    {
        var rig = new WskRig();
        WskSocket socket = Open(rig, "datagram", AF_INET, "Def W", Owner, null);
        SecurityDescriptor? everyone = SecurityDescriptor.Everyone, read = null;
        Assert.Equal(NtStatus.STATUS_SUCCESS, Control(WskControlSocketType.WskSetOption, ref everyone));
        Assert.Equal(NtStatus.STATUS_SUCCESS, Control(WskControlSocketType.WskGetOption, ref read));
        Assert.Same(SecurityDescriptor.Everyone, read);
        socket.Bind("0.0.0.0:5000");
        Assert.Equal(NtStatus.STATUS_INVALID_DEVICE_STATE, Control(WskControlSocketType.WskSetOption, ref everyone));
        Assert.Equal(NtStatus.STATUS_SUCCESS, Open(rig, "datagram", AF_INET, "Def S", Other, null).Bind("10.1.0.1:5000"));
        Assert.Equal(NtStatus.STATUS_INVALID_PARAMETER, socket.Dispatch.WskControlSocket(
            socket, WskControlSocketType.WskSetOption, SO_WSK_SECURITY, SOL_SOCKET, ref everyone, null));

        NtStatus Control(WskControlSocketType type, ref SecurityDescriptor? descriptor)
        {
            var call = new WskCall();
            NtStatus status = socket.Dispatch.WskControlSocket(socket, type, SO_WSK_SECURITY, SOL_SOCKET, ref descriptor, call.Irp);
            call.EndedInline(status, status);
            return status;
        }
    }

    [Fact]
    public void Sharing_options_count_as_they_were_at_the_bind()
    {
        var rig = new WskRig();
        WskSocket first = Open(rig, "datagram", AF_INET, "Def S", Owner, null);
        first.Bind("10.1.0.1:5000");
        Assert.Equal(NtStatus.STATUS_SUCCESS, first.Set(SO_REUSEADDR, 1));
        Assert.Equal(NtStatus.STATUS_ACCESS_DENIED, Open(rig, "datagram", AF_INET, "RA S", Owner, null).Bind("10.1.0.1:5000"));
    }

    [Fact]
    public void The_two_sharing_options_exclude_each_other()
    {
        WskSocket socket = new WskRig().Datagrams();
        Assert.Equal(NtStatus.STATUS_SUCCESS, socket.Set(SO_REUSEADDR, 1));
        Assert.Equal(NtStatus.STATUS_INVALID_PARAMETER, socket.Set(SO_EXCLUSIVEADDRUSE, 1));
    }

    private static WskSocket Open(WskRig rig, string kind, ushort family, string cell, OwningProcess process, SecurityDescriptor? security)
    {
        (ushort type, uint protocol) = kind == "datagram" ? (SOCK_DGRAM, IPPROTO_UDP) : (SOCK_STREAM, IPPROTO_TCP);
        uint flags = kind switch
        {
            "listening" => WSK_FLAG_LISTEN_SOCKET,
            "connection" => WSK_FLAG_CONNECTION_SOCKET,
            "stream" => WSK_FLAG_STREAM_SOCKET,
            _ => WSK_FLAG_DATAGRAM_SOCKET,
        };
        WskSocket socket = rig.Open(family, type, protocol, flags, null, process: process, security: security);
        uint option = cell.StartsWith("RA", StringComparison.Ordinal) ? SO_REUSEADDR : cell.StartsWith("EX", StringComparison.Ordinal) ? SO_EXCLUSIVEADDRUSE : 0;
        if (option != 0) Assert.Equal(NtStatus.STATUS_SUCCESS, socket.Set(option, 1));
        return socket;
    }

    private static string EndpointOf(ushort family, string cell) => (family, cell.EndsWith('W')) switch
    {
        (AF_INET, true) => "0.0.0.0:5000",
        (AF_INET, false) => "10.1.0.1:5000",
        (_, true) => "[::]:5000",
        _ => "[2001:db8:1::1]:5000",
    };

    private static NtStatus StatusOf(string verdict, bool isDenied) => verdict switch
    {
        "S" => NtStatus.STATUS_SUCCESS,
        "I" => NtStatus.STATUS_ADDRESS_ALREADY_EXISTS,
        "C" when !isDenied => NtStatus.STATUS_SUCCESS,
        _ => NtStatus.STATUS_ACCESS_DENIED,
    };
}
