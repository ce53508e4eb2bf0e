using UserNet.Binding;
using UserNet.Errors;
using UserNet.Facades.Wsk;
using UserNet.Simulation;
using Xunit;
using static UserNet.Facades.Wsk.IoManager;
using static UserNet.Facades.Wsk.WskConstants;

namespace UserNet.Tests.Facades.Wsk;

/// <summary>Registering, capturing the interface and letting go of it; and the calls that open sockets.</summary>
public sealed class WskRegistrationTests : IDisposable
{
    private readonly VirtualNetwork _network = new(3);
    private readonly VirtualHost _host;
    private readonly WskSubsystem _wsk;

    public WskRegistrationTests()
    {
        _host = _network.AddHost("host", new VirtualHostOptions { Personality = Personality.WindowsKernel });
        _wsk = new WskSubsystem(_host.Stack);
    }

    public void Dispose() => _network.Dispose();

    [Fact]
    public void A_version_that_is_not_known_has_no_interface()
    {
        foreach (ushort version in new ushort[] { 0, MAKE_WSK_VERSION(1, 1), MAKE_WSK_VERSION(2, 0), 0xFFFF })
        {
            WskRegistration registration = Register(version);
            Assert.Equal(NtStatus.STATUS_NOINTERFACE, _wsk.WskCaptureProviderNPI(registration, WSK_INFINITE_WAIT, out _));
            Assert.Equal(NtStatus.STATUS_SUCCESS, _wsk.WskQueryProviderCharacteristics(registration, out WskProviderCharacteristics versions));
            Assert.Equal((0x0100, 0x0100), (versions.LowestVersion, versions.HighestVersion));
            _wsk.WskDeregister(registration);
        }
    }

    [Fact]
    public void What_is_null_or_of_another_host_is_an_invalid_parameter()
    {
        Assert.Equal(NtStatus.STATUS_INVALID_PARAMETER, _wsk.WskRegister(null, out _));
        Assert.Equal(NtStatus.STATUS_INVALID_PARAMETER, _wsk.WskCaptureProviderNPI(null, WSK_NO_WAIT, out _));
        Assert.Equal(NtStatus.STATUS_INVALID_PARAMETER, _wsk.WskCaptureProviderNPI(new WskRig().Registration, WSK_NO_WAIT, out _));
        _wsk.WskReleaseProviderNPI(null);
        _wsk.WskDeregister(null);
    }

    [Fact]
    public void A_capture_waits_in_virtual_time_for_as_long_as_it_is_told()
    {
        _wsk.IsReady = false;
        WskRegistration registration = Register();
        Assert.Equal(NtStatus.STATUS_DEVICE_NOT_READY, _wsk.WskCaptureProviderNPI(registration, WSK_NO_WAIT, out _));
        Assert.Equal(NtStatus.STATUS_DEVICE_NOT_READY, _wsk.WskQueryProviderCharacteristics(registration, out _));
        Assert.Equal(TimeSpan.Zero, Now);
        Assert.Equal(NtStatus.STATUS_DEVICE_NOT_READY, _wsk.WskCaptureProviderNPI(registration, 3000, out _));
        Assert.Equal(TimeSpan.FromSeconds(3), Now);
        After(5, () => _wsk.IsReady = true);
        Assert.Equal(NtStatus.STATUS_SUCCESS, _wsk.WskCaptureProviderNPI(registration, WSK_INFINITE_WAIT, out WskProviderNpi npi));
        Assert.Equal(TimeSpan.FromSeconds(8), Now);
        Assert.NotNull(npi.Client);
        Assert.NotNull(npi.Dispatch);
    }

    [Fact]
    public void Deregistering_sends_away_who_waits_to_capture()
    {
        _wsk.IsReady = false;
        WskRegistration registration = Register();
        After(5, () => _wsk.WskDeregister(registration));
        Assert.Equal(NtStatus.STATUS_DEVICE_NOT_READY, _wsk.WskCaptureProviderNPI(registration, WSK_INFINITE_WAIT, out _));
        Assert.Equal(TimeSpan.FromSeconds(5), Now);
        _wsk.IsReady = true;
        Assert.Equal(NtStatus.STATUS_DEVICE_NOT_READY, _wsk.WskCaptureProviderNPI(registration, WSK_INFINITE_WAIT, out _));
    }

    [Fact]
    public void Deregistering_waits_until_all_captures_are_released_and_all_sockets_closed()
    {
        WskRegistration registration = Register();
        for (int i = 0; i < 2; i++) Assert.Equal(NtStatus.STATUS_SUCCESS, _wsk.WskCaptureProviderNPI(registration, WSK_NO_WAIT, out _));
        _wsk.WskCaptureProviderNPI(registration, WSK_NO_WAIT, out WskProviderNpi npi);
        WskSocket socket = Open(npi);
        for (int i = 1; i <= 3; i++) After(i, () => _wsk.WskReleaseProviderNPI(registration));
        After(4, () => Assert.Equal(NtStatus.STATUS_SUCCESS, socket.Close()));
        _wsk.WskDeregister(registration);
        Assert.Equal(TimeSpan.FromSeconds(4), Now);
    }

    [Fact]
    public void The_end_of_the_stack_ends_the_wait()
    {
        WskRegistration registration = Register();
        _wsk.WskCaptureProviderNPI(registration, WSK_NO_WAIT, out _);
        After(2, () => _host.Stack.Dispose());
        _wsk.WskDeregister(registration);
        Assert.Equal(TimeSpan.FromSeconds(2), Now);
    }

    [Fact]
    public void Threads_may_wait_as_well()
    {
        using var stack = new NetworkStack(new NetworkStackOptions { Personality = Personality.WindowsKernel });
        var rig = new WskRig(stack);
        var thread = new Thread(() => rig.Subsystem.WskDeregister(rig.Registration)) { IsBackground = true };
        thread.Start();
        Assert.True(SpinWait.SpinUntil(() => (thread.ThreadState & ThreadState.WaitSleepJoin) != 0, TimeSpan.FromSeconds(20)));
        rig.Subsystem.WskReleaseProviderNPI(rig.Registration);
        Assert.True(thread.Join(TimeSpan.FromSeconds(20)));
    }

    [Fact]
    public void A_client_that_has_let_go_of_the_interface_opens_nothing()
    {
        WskRegistration registration = Register();
        _wsk.WskCaptureProviderNPI(registration, WSK_NO_WAIT, out WskProviderNpi npi);
        _wsk.WskReleaseProviderNPI(registration);
        var call = new WskCall();
        call.EndedInline(NtStatus.STATUS_INVALID_HANDLE, npi.Dispatch.WskSocket(
            npi.Client, AF_INET, SOCK_DGRAM, IPPROTO_UDP, WSK_FLAG_DATAGRAM_SOCKET, null, null, null, null, null, call.Irp));
        Assert.Equal(NtStatus.STATUS_INVALID_HANDLE, npi.Dispatch.WskControlClient(npi.Client, WSK_SET_STATIC_EVENT_CALLBACKS, new WskEventCallbackControl(0), null));
    }

    /// <summary>Family, type, protocol, flags, callbacks, and what opening such a socket is answered.</summary>
    public static TheoryData<ushort, ushort, uint, uint, string, NtStatus> Sockets() => new()
    {
        { AF_INET, SOCK_STREAM, IPPROTO_TCP, WSK_FLAG_LISTEN_SOCKET, "listen", NtStatus.STATUS_SUCCESS },
        { AF_INET6, SOCK_STREAM, IPPROTO_TCP, WSK_FLAG_CONNECTION_SOCKET, "connection", NtStatus.STATUS_SUCCESS },
        { AF_INET, SOCK_STREAM, IPPROTO_TCP, WSK_FLAG_STREAM_SOCKET, "stream", NtStatus.STATUS_SUCCESS },
        { AF_INET, SOCK_DGRAM, IPPROTO_UDP, WSK_FLAG_DATAGRAM_SOCKET, "datagram", NtStatus.STATUS_SUCCESS },
        { AF_INET, SOCK_RAW, 89, WSK_FLAG_DATAGRAM_SOCKET, "", NtStatus.STATUS_SUCCESS },
        { AF_INET, SOCK_STREAM, IPPROTO_TCP, WSK_FLAG_BASIC_SOCKET, "", NtStatus.STATUS_SUCCESS },
        { AF_INET, SOCK_DGRAM, IPPROTO_UDP, WSK_FLAG_BASIC_SOCKET, "", NtStatus.STATUS_SUCCESS },
        { AF_INET, SOCK_STREAM, IPPROTO_TCP, WSK_FLAG_BASIC_SOCKET, "listen", NtStatus.STATUS_INVALID_PARAMETER },
        { AF_INET, SOCK_STREAM, IPPROTO_TCP, WSK_FLAG_LISTEN_SOCKET, "connection", NtStatus.STATUS_INVALID_PARAMETER },
        { AF_INET, SOCK_STREAM, IPPROTO_TCP, WSK_FLAG_STREAM_SOCKET, "listen", NtStatus.STATUS_INVALID_PARAMETER },
        { AF_INET, SOCK_STREAM, IPPROTO_TCP, 3, "", NtStatus.STATUS_INVALID_PARAMETER },
        { AF_INET, SOCK_STREAM, IPPROTO_TCP, 16, "", NtStatus.STATUS_INVALID_PARAMETER },
        { AF_INET, SOCK_STREAM, IPPROTO_TCP, 0x104, "", NtStatus.STATUS_INVALID_PARAMETER },
        { 99, SOCK_STREAM, IPPROTO_TCP, WSK_FLAG_LISTEN_SOCKET, "", NtStatus.STATUS_NOT_SUPPORTED },
        { AF_INET, SOCK_STREAM, IPPROTO_UDP, WSK_FLAG_LISTEN_SOCKET, "", NtStatus.STATUS_NOT_SUPPORTED },
        { AF_INET, SOCK_DGRAM, IPPROTO_UDP, WSK_FLAG_LISTEN_SOCKET, "", NtStatus.STATUS_NOT_SUPPORTED },
        { AF_INET, SOCK_STREAM, IPPROTO_TCP, WSK_FLAG_DATAGRAM_SOCKET, "", NtStatus.STATUS_NOT_SUPPORTED },
        { AF_INET, 77, IPPROTO_TCP, WSK_FLAG_BASIC_SOCKET, "", NtStatus.STATUS_NOT_SUPPORTED },
        { AF_INET, SOCK_STREAM, 0x106, WSK_FLAG_LISTEN_SOCKET, "", NtStatus.STATUS_NOT_SUPPORTED },
    };

    [Theory]
    [MemberData(nameof(Sockets))]
    public void A_socket_has_the_calls_of_its_category(ushort family, ushort type, uint protocol, uint flags, string callbacks, NtStatus expected)
    {
        WskClientSocketDispatch? dispatch = callbacks switch
        {
            "listen" => new WskClientListenDispatch(),
            "connection" => new WskClientConnectionDispatch(),
            "stream" => new WskClientStreamDispatch(),
            "datagram" => new WskClientDatagramDispatch(),
            _ => null,
        };
        WskRegistration registration = Register();
        _wsk.WskCaptureProviderNPI(registration, WSK_NO_WAIT, out WskProviderNpi npi);
        var call = new WskCall();
        call.EndedInline(expected, npi.Dispatch.WskSocket(npi.Client, family, type, protocol, flags, null, dispatch, null, null, null, call.Irp));
        _wsk.WskReleaseProviderNPI(registration);
        if (expected == NtStatus.STATUS_SUCCESS)
        {
            string name = flags switch { 1 => "Listen", 2 => "Connection", 4 => "Datagram", 8 => "Stream", _ => "Basic" };
            Assert.Equal($"WskProvider{name}Dispatch", call.Socket.Dispatch.GetType().Name);
            Assert.Equal(NtStatus.STATUS_SUCCESS, call.Socket.Close());
        }

        _wsk.WskDeregister(registration);      // would wait if anything were left
        Assert.Equal(TimeSpan.Zero, Now);
    }

    [Fact]
    public void A_request_cancelled_before_it_opens_a_socket_leaves_none()
    {
        WskRegistration registration = Register();
        _wsk.WskCaptureProviderNPI(registration, WSK_NO_WAIT, out WskProviderNpi npi);
        var call = new WskCall();
        IoCancelIrp(call.Irp);
        call.EndedInline(NtStatus.STATUS_CANCELLED, npi.Dispatch.WskSocket(
            npi.Client, AF_INET, SOCK_DGRAM, IPPROTO_UDP, WSK_FLAG_DATAGRAM_SOCKET, null, null, null, null, null, call.Irp));
        _wsk.WskReleaseProviderNPI(registration);
        _wsk.WskDeregister(registration);
    }

    [Fact]
    public void Options_are_set_and_read_by_their_numbers()
    {
        WskRegistration registration = Register();
        _wsk.WskCaptureProviderNPI(registration, WSK_NO_WAIT, out WskProviderNpi npi);
        WskSocket socket = Open(npi, AF_INET6);
        byte[] value = new byte[4];
        var get = new WskCall();
        get.EndedInline(NtStatus.STATUS_SUCCESS, Get(socket, IPV6_V6ONLY, IPPROTO_IPV6, value, get.Irp));
        Assert.Equal((4, 1), (get.Octets, BitConverter.ToInt32(value)));      // as Windows has it
        Assert.Equal(NtStatus.STATUS_SUCCESS, socket.Set(IPV6_V6ONLY, 0, IPPROTO_IPV6));
        Assert.Equal(NtStatus.STATUS_SUCCESS, Get(socket, IPV6_V6ONLY, IPPROTO_IPV6, value, null));
        Assert.Equal(0, BitConverter.ToInt32(value));
        foreach (uint option in new[] { SO_RANDOMIZE_PORT, SO_PORT_SCALABILITY, SO_REUSE_UNICASTPORT })
        {
            Assert.Equal(NtStatus.STATUS_SUCCESS, Get(socket, option, SOL_SOCKET, value, null));
            Assert.Equal(0, BitConverter.ToInt32(value));
            Assert.Equal(NtStatus.STATUS_SUCCESS, socket.Set(option, 1));
            Assert.Equal(NtStatus.STATUS_SUCCESS, Get(socket, option, SOL_SOCKET, value, null));
            Assert.Equal(1, BitConverter.ToInt32(value));
        }

        Assert.True(socket.Socket.Binding.Sharing.HasFlag(Sharing.UnicastPort));
        Assert.Equal(NtStatus.STATUS_BUFFER_TOO_SMALL, Get(socket, SO_REUSEADDR, SOL_SOCKET, new byte[3], null));
        Assert.Equal(NtStatus.STATUS_NOT_SUPPORTED, socket.Set(0x7777, 1));
        Assert.Equal(NtStatus.STATUS_NOT_SUPPORTED, socket.Set(0x3002, 1));      // SO_CONDITIONAL_ACCEPT
        Assert.Equal(NtStatus.STATUS_NOT_SUPPORTED, Get(socket, 0x7777, SOL_SOCKET, value, null));
        Assert.Equal(NtStatus.STATUS_INVALID_PARAMETER, Control(WskControlSocketType.WskSetOption, new byte[3]));
        Assert.Equal(NtStatus.STATUS_INVALID_PARAMETER, Control((WskControlSocketType)9, new byte[4]));
        Assert.Equal(NtStatus.STATUS_NOT_SUPPORTED, Control(WskControlSocketType.WskIoctl, new byte[4]));
        Assert.Equal(NtStatus.STATUS_SUCCESS, socket.Close());
        Assert.Equal(NtStatus.STATUS_FILE_FORCED_CLOSED, socket.Set(SO_REUSEADDR, 1));

        NtStatus Control(WskControlSocketType type, byte[] input) =>
            socket.Dispatch.WskControlSocket(socket, type, SO_REUSEADDR, SOL_SOCKET, input, default, out _, null);
    }

    [Fact]
    public void A_descriptor_is_cached_by_the_client()
    {
        WskRegistration registration = Register();
        _wsk.WskCaptureProviderNPI(registration, WSK_NO_WAIT, out WskProviderNpi npi);
        var call = new WskCall();
        SecurityDescriptor descriptor = SecurityDescriptor.Only(7);
        call.EndedInline(NtStatus.STATUS_SUCCESS, npi.Dispatch.WskControlClient(npi.Client, WSK_CACHE_SD, descriptor, out SecurityDescriptor? cached, call.Irp));
        Assert.Same(descriptor, cached);
        call = new WskCall();
        call.EndedInline(NtStatus.STATUS_SUCCESS, npi.Dispatch.WskControlClient(npi.Client, WSK_RELEASE_SD, cached, out _, call.Irp));
        call = new WskCall();
        call.EndedInline(NtStatus.STATUS_NOT_SUPPORTED, npi.Dispatch.WskControlClient(npi.Client, 2, cached, out _, call.Irp));
        call = new WskCall();
        call.EndedInline(NtStatus.STATUS_INVALID_PARAMETER, npi.Dispatch.WskControlClient(npi.Client, WSK_CACHE_SD, null, out _, call.Irp));
    }

    private static NtStatus Get(WskSocket socket, uint option, uint level, byte[] value, Irp? irp) =>
        socket.Dispatch.WskControlSocket(socket, WskControlSocketType.WskGetOption, option, level, default, value, out _, irp);

    private static WskSocket Open(WskProviderNpi npi, ushort family = AF_INET)
    {
        var call = new WskCall();
        call.EndedInline(NtStatus.STATUS_SUCCESS, npi.Dispatch.WskSocket(
            npi.Client, family, SOCK_DGRAM, IPPROTO_UDP, WSK_FLAG_DATAGRAM_SOCKET, null, null, null, null, null, call.Irp));
        return call.Socket;
    }

    private TimeSpan Now => _network.Clock.Now.SinceStart;

    private void After(int seconds, Action what) =>
        _host.Clock.CreateTimer(_ => what(), null, TimeSpan.FromSeconds(seconds), Timeout.InfiniteTimeSpan);

    private WskRegistration Register(ushort version = 0x0100)
    {
        Assert.Equal(NtStatus.STATUS_SUCCESS, _wsk.WskRegister(new WskClientNpi(null, new WskClientDispatch(version)), out WskRegistration registration));
        return registration;
    }
}
