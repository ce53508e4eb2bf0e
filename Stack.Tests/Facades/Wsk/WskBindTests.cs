using System.IO.Pipelines;
using UserNet.Addressing;
using UserNet.Binding;
using UserNet.Errors;
using UserNet.Facades;
using UserNet.Facades.Wsk;
using Xunit;
using static UserNet.Facades.Wsk.IoManager;
using static UserNet.Facades.Wsk.WskConstants;

namespace UserNet.Tests.Facades.Wsk;

/// <summary>WskBind: each status, the order of the checks, the wildcard by category, and the IRP.</summary>
public sealed class WskBindTests
{
    private static readonly byte[] Good = WskRig.Address("10.1.0.1:5000"), Foreign = WskRig.Address("10.9.9.9:5000"), V6 = WskRig.Address("[::]:5000");

    /// <summary>What a bind may be refused by, in the order of the checks, each with all that come after it wrong as well.</summary>
    public static TheoryData<NtStatus, string> Refusals() => new()
    {
        { NtStatus.STATUS_INVALID_PARAMETER, "no address" },
        { NtStatus.STATUS_NOT_SUPPORTED, "basic socket, flags, closed, family" },
        { NtStatus.STATUS_INVALID_PARAMETER, "flags, closed, family" },
        { NtStatus.STATUS_FILE_FORCED_CLOSED, "closed, family, foreign" },
        { NtStatus.STATUS_FILE_FORCED_CLOSED, "stack gone, family" },
        { NtStatus.STATUS_INVALID_ADDRESS, "family, bound" },
        { NtStatus.STATUS_INVALID_ADDRESS, "unknown family" },
        { NtStatus.STATUS_INVALID_PARAMETER, "short address" },
        { NtStatus.STATUS_ADDRESS_ALREADY_ASSOCIATED, "bound, foreign" },
        { NtStatus.STATUS_INVALID_ADDRESS_COMPONENT, "foreign" },
        { NtStatus.STATUS_ADDRESS_ALREADY_EXISTS, "in use" },
        { NtStatus.STATUS_ACCESS_DENIED, "denied" },
        { NtStatus.STATUS_TOO_MANY_ADDRESSES, "exhausted" },
        { NtStatus.STATUS_CANCELLED, "cancelled" },
        { NtStatus.STATUS_SUCCESS, "" },
    };

    [Theory]
    [MemberData(nameof(Refusals))]
    public void Each_refusal_comes_in_its_turn_and_completes_the_IRP(NtStatus expected, string wrong)
    {
        foreach (bool isDatagram in new[] { false, true })
        {
            foreach (bool completesLater in new[] { false, true })
            {
                var rig = new WskRig(completesLater: completesLater);
                WskSocket socket = wrong.Contains("basic", StringComparison.Ordinal) ? rig.Basic() : isDatagram ? rig.Datagrams() : rig.Listening();
                byte[] address = AddressFor(wrong);
                Prepare(rig, socket, wrong, isDatagram);
                var call = new WskCall();
                if (wrong == "cancelled") IoCancelIrp(call.Irp);
                NtStatus answer = socket.Bind(address, wrong.Contains("flags", StringComparison.Ordinal) ? 1u : 0u, call.Irp);
                if (answer == NtStatus.STATUS_PENDING) Assert.True(completesLater && call.Irp.PendingReturned);
                else call.EndedInline(expected, answer);
                call.Wait().Ended(expected);
                Assert.Equal(0ul, call.Irp.IoStatus.Information.Octets);
            }
        }
    }

    [Fact]
    public void Without_an_IRP_a_call_is_refused_and_one_that_is_under_way_or_used_is_left_alone()
    {
        var rig = new WskRig();
        WskSocket socket = rig.Listening();
        Assert.Equal(NtStatus.STATUS_INVALID_PARAMETER, socket.Bind(Good, 0, null));
        Assert.Equal(NtStatus.STATUS_INVALID_PARAMETER, socket.Bind(Good, 0, IoAllocateIrp(0, false)));
        Assert.Equal(0, rig.Stack.HolderCount);
        Assert.Equal(NtStatus.STATUS_SUCCESS, socket.Bind("10.1.0.1:5000"));
        var accept = new WskCall();
        accept.Pends(socket.Listen().WskAccept(socket, 0, null, null, default, default, accept.Irp));
        Assert.Equal(NtStatus.STATUS_INVALID_PARAMETER, rig.Datagrams().Bind(Good, 0, accept.Irp));
        Assert.Equal(0, accept.Completions);
        var used = new WskCall();
        used.EndedInline(NtStatus.STATUS_ADDRESS_ALREADY_ASSOCIATED, socket.Bind(Good, 0, used.Irp));
        Assert.Equal(NtStatus.STATUS_INVALID_PARAMETER, rig.Datagrams().Bind(Good, 0, used.Irp));
        Assert.Equal(1, used.Completions);
        Assert.Equal(NtStatus.STATUS_SUCCESS, socket.Close());
        accept.Ended(NtStatus.STATUS_CANCELLED);
        Assert.Equal(0, rig.Stack.HolderCount);
    }

    // K49 to K52.
    [Fact]
    public void The_routine_runs_once_for_success_for_an_inline_failure_and_for_a_bind_that_pends()
    {
        var rig = new WskRig();
        WskSocket socket = rig.Listening();
        var unbound = new WskCall();
        unbound.EndedInline(NtStatus.STATUS_INVALID_DEVICE_STATE, socket.Listen().WskGetLocalAddress(socket, new byte[16], unbound.Irp));
        var flags = new WskCall();
        flags.EndedInline(NtStatus.STATUS_INVALID_PARAMETER, socket.Bind(Good, 1, flags.Irp));
        var basic = new WskCall();
        basic.EndedInline(NtStatus.STATUS_NOT_SUPPORTED, rig.Basic().Bind(Good, 0, basic.Irp));
        var good = new WskCall();
        good.EndedInline(NtStatus.STATUS_SUCCESS, socket.Bind(Good, 0, good.Irp));
        Assert.Equal(InetEndpoint.Parse("10.1.0.1:5000"), socket.LocalName());

        using var gate = new ManualScheduler();
        var later = new WskRig(completesLater: true, scheduler: gate);
        var opened = new WskCall();
        opened.Pends(later.Npi.Dispatch.WskSocket(later.Npi.Client, AF_INET, SOCK_STREAM, IPPROTO_TCP, WSK_FLAG_LISTEN_SOCKET, null, null, null, null, null, opened.Irp));
        gate.Run();
        opened.Ended(NtStatus.STATUS_SUCCESS);
        var pending = new WskCall();
        pending.Pends(opened.Socket.Bind(Good, 0, pending.Irp));
        Assert.Equal(0, later.Stack.HolderCount);
        gate.Run();
        pending.Ended(NtStatus.STATUS_SUCCESS);
        Assert.Equal(1, later.Stack.HolderCount);
    }

    [Fact]
    public void A_bind_that_pends_ends_by_a_cancel_by_a_close_and_by_the_end_of_the_stack()
    {
        foreach ((string how, NtStatus expected) in new[]
        {
            ("cancel", NtStatus.STATUS_CANCELLED), ("close", NtStatus.STATUS_CANCELLED), ("dispose", NtStatus.STATUS_FILE_FORCED_CLOSED),
        })
        {
            using var gate = new ManualScheduler();
            var rig = new WskRig(completesLater: true, scheduler: gate);
            var opened = new WskCall();
            rig.Npi.Dispatch.WskSocket(rig.Npi.Client, AF_INET, SOCK_DGRAM, IPPROTO_UDP, WSK_FLAG_DATAGRAM_SOCKET, null, null, null, null, null, opened.Irp);
            gate.Run();
            WskSocket socket = opened.Socket;
            var order = new List<string>();
            var bind = new WskCall(_ => order.Add("bind"));
            bind.Pends(socket.Bind(Good, 0, bind.Irp));
            var close = new WskCall(_ => order.Add("close"));
            if (how == "cancel") IoCancelIrp(bind.Irp);
            if (how == "close") close.Pends(socket.Dispatch.WskCloseSocket(socket, close.Irp));
            if (how == "dispose") rig.Stack.Dispose();
            gate.Run();
            bind.Ended(expected);
            if (how == "close") close.Ended(NtStatus.STATUS_SUCCESS);
            Assert.Equal(how == "close" ? ["bind", "close"] : ["bind"], order);
            Assert.Equal(0, rig.Stack.HolderCount);
        }
    }

    [Fact]
    public void A_listening_socket_listens_from_the_bind_on_at_all_addresses_of_the_wildcard()
    {
        var rig = new WskRig();
        WskSocket socket = rig.Listening();
        Assert.Equal(NtStatus.STATUS_SUCCESS, socket.Bind("0.0.0.0:5000"));
        foreach (string address in new[] { "127.0.0.1:5000", "10.1.0.1:5000", "10.99.0.2:5000" })
        {
            WskSocket caller = rig.Connection();
            Assert.Equal(NtStatus.STATUS_SUCCESS, caller.Bind("0.0.0.0:0"));
            var connect = new WskCall();
            caller.Connection().WskConnect(caller, WskRig.Address(address), 0, connect.Irp);
            Assert.Equal(NtStatus.STATUS_SUCCESS, connect.Wait().Status);
        }
    }

    [Fact]
    public void A_listening_socket_that_may_bind_but_not_listen_is_left_unbound()
    {
        var rig = new WskRig(Personality.Linux);      // where twins by SO_REUSEADDR may bind, but one may listen
        WskSocket first = rig.Listening(), second = rig.Stream(), third = rig.Listening();
        foreach (WskSocket socket in new[] { first, second, third }) Assert.Equal(NtStatus.STATUS_SUCCESS, socket.Set(SO_REUSEADDR, 1));
        Assert.Equal(NtStatus.STATUS_SUCCESS, second.Bind("10.1.0.1:5000"));
        Assert.Equal(NtStatus.STATUS_SUCCESS, first.Bind("10.1.0.1:5000"));
        Assert.Equal(NtStatus.STATUS_ADDRESS_ALREADY_EXISTS, third.Bind("10.1.0.1:5000"));
        var listen = new WskCall();
        listen.EndedInline(NtStatus.STATUS_ADDRESS_ALREADY_EXISTS, second.Stream().WskListen(second, listen.Irp));
        Assert.Equal(2, rig.Stack.HolderCount);
        Assert.Equal(NtStatus.STATUS_SUCCESS, third.Bind("10.1.0.1:5001"));
    }

    [Fact]
    public void An_ephemeral_port_is_of_the_dynamic_range()
    {
        var rig = new WskRig();
        foreach (WskSocket socket in new[] { rig.Listening(), rig.Connection(), rig.Datagrams(), rig.Stream() })
        {
            Assert.Equal(NtStatus.STATUS_SUCCESS, socket.Bind("0.0.0.0:0"));
            Assert.InRange(socket.LocalName().Port, 49152, 65535);
            Assert.Equal(InetAddress.AnyV4, socket.LocalName().Address);
        }
    }

    [Theory]
    [InlineData("Linux")]
    [InlineData("Posix")]
    [InlineData("Windows")]
    [InlineData("WindowsKernel")]
    public void It_works_on_any_personality(string name)
    {
        var rig = new WskRig(Personality.All.Single(personality => personality.Name == name));
        WskSocket socket = rig.Listening();
        Assert.Equal(NtStatus.STATUS_SUCCESS, socket.Bind("10.1.0.1:5000"));
        Assert.Equal(NtStatus.STATUS_ADDRESS_ALREADY_EXISTS, rig.Listening().Bind("10.1.0.1:5000"));
        Assert.Equal(NtStatus.STATUS_ADDRESS_ALREADY_ASSOCIATED, socket.Bind("10.1.0.1:5001"));
        Assert.Equal(NtStatus.STATUS_INVALID_ADDRESS_COMPONENT, rig.Datagrams().Bind("10.9.9.9:1"));
        Assert.Equal(NtStatus.STATUS_SUCCESS, socket.Close());
        Assert.Equal(0, rig.Stack.HolderCount);
    }

    [Fact]
    public void Addresses_are_those_of_Windows_to_the_octet()
    {
        Assert.Equal("020069877F000001" + new string('0', 16), Convert.ToHexString(WskRig.Address("127.0.0.1:27015")));
        byte[] linkLocal = WindowsSocketAddress.ToOctets(new InetEndpoint(InetAddress.Parse("fe80::1:1"), 27015, 2));
        Assert.Equal("1700698700000000FE80000000000000000000000001000102000000", Convert.ToHexString(linkLocal));
        Assert.Equal(new InetEndpoint(InetAddress.Parse("fe80::1:1"), 27015, 2), WskRig.Endpoint(linkLocal));
        WskSocket socket = new WskRig().Datagrams(AF_INET6);
        Assert.Equal(NtStatus.STATUS_SUCCESS, socket.Bind("[2001:db8:1::1]:5000"));
        var call = new WskCall();
        byte[] name = new byte[40];
        call.EndedInline(NtStatus.STATUS_SUCCESS, socket.Datagram().WskGetLocalAddress(socket, name, call.Irp));
        Assert.Equal(WskRig.Address("[2001:db8:1::1]:5000"), name[..28]);
        call = new WskCall();
        call.EndedInline(NtStatus.STATUS_BUFFER_TOO_SMALL, socket.Datagram().WskGetLocalAddress(socket, new byte[27], call.Irp));
    }

    [Fact]
    public void A_close_is_completed_once_however_many_calls_come_too_late()
    {
        using var gate = new ManualScheduler();
        var rig = new WskRig(scheduler: gate);
        WskSocket socket = rig.Datagrams();
        Assert.Equal(NtStatus.STATUS_SUCCESS, socket.Bind("10.1.0.1:5000"));
        var receive = new WskCall();
        receive.Pends(socket.Datagram().WskReceiveFrom(socket, new WskBuf(new byte[1]), 0, default, null, receive.Irp));
        var close = new WskCall();
        close.Pends(socket.Dispatch.WskCloseSocket(socket, close.Irp));
        for (int i = 0; i < 3; i++)
        {
            var late = new WskCall();
            late.EndedInline(NtStatus.STATUS_FILE_FORCED_CLOSED, socket.Bind(Good, 0, late.Irp));
            if (i == 0) gate.RunOne();      // the receive ends, and nothing pends any more but the close
        }

        receive.Ended(NtStatus.STATUS_CANCELLED);
        gate.Run();
        close.Ended(NtStatus.STATUS_SUCCESS);
    }

    [Fact]
    public void The_example_of_the_page_listens()
    {
        var stack = new NetworkStack(new NetworkStackOptions { Personality = Personality.WindowsKernel, Scheduler = PipeScheduler.Inline });
        var wsk = new WskSubsystem(stack);
        wsk.WskRegister(new WskClientNpi(null, new WskClientDispatch(MAKE_WSK_VERSION(1, 0))), out WskRegistration registration);
        wsk.WskCaptureProviderNPI(registration, WSK_INFINITE_WAIT, out WskProviderNpi npi);
        Irp irp = IoAllocateIrp(1, false);
        IoSetCompletionRoutine(irp, OnCreated, null, true, true, true);
        NtStatus? bound = null;
        Assert.Equal(NtStatus.STATUS_SUCCESS, npi.Dispatch.WskSocket(
            npi.Client, AF_INET, SOCK_STREAM, IPPROTO_TCP, WSK_FLAG_LISTEN_SOCKET, null, null, null, null, null, irp));
        Assert.Equal(NtStatus.STATUS_SUCCESS, bound);
        Assert.Equal("LISTEN", Assert.Single(stack.Snapshot().Rows).StateName);

        NtStatus OnCreated(Irp irp, object? context)
        {
            Assert.Equal(NtStatus.STATUS_SUCCESS, irp.IoStatus.Status);
            var socket = (WskSocket)irp.IoStatus.Information!;
            var dispatch = (WskProviderListenDispatch)socket.Dispatch;
            byte[] localAddress = WindowsSocketAddress.ToOctets(InetEndpoint.Parse("0.0.0.0:27015"));
            IoReuseIrp(irp, NtStatus.STATUS_SUCCESS);
            IoSetCompletionRoutine(irp, OnBound, socket, true, true, true);
            dispatch.WskBind(socket, localAddress, 0, irp);
            return NtStatus.STATUS_MORE_PROCESSING_REQUIRED;
        }

        NtStatus OnBound(Irp irp, object? context)
        {
            bound = irp.IoStatus.Status;
            IoFreeIrp(irp);
            return NtStatus.STATUS_MORE_PROCESSING_REQUIRED;
        }
    }

    private static byte[] AddressFor(string wrong) => wrong switch
    {
        "no address" => [],
        "unknown family" => [99, 0, .. Good.AsSpan(2)],
        "short address" => Good[..15],
        "exhausted" => WskRig.Address("10.1.0.1:0"),
        _ when wrong.Contains("family", StringComparison.Ordinal) => V6,
        _ when wrong.Contains("foreign", StringComparison.Ordinal) => Foreign,
        _ => Good,
    };

    private static void Prepare(WskRig rig, WskSocket socket, string wrong, bool isDatagram)
    {
        WskSocket Another() => isDatagram ? rig.Datagrams() : rig.Listening();
        if (wrong.Contains("bound", StringComparison.Ordinal)) Assert.Equal(NtStatus.STATUS_SUCCESS, socket.Bind("10.1.0.2:4000"));
        if (wrong.Contains("closed", StringComparison.Ordinal)) Assert.Equal(NtStatus.STATUS_SUCCESS, socket.Close());
        if (wrong.Contains("stack gone", StringComparison.Ordinal)) rig.Stack.Dispose();
        if (wrong == "in use") Assert.Equal(NtStatus.STATUS_SUCCESS, Another().Bind("10.1.0.1:5000"));
        if (wrong == "denied")
        {
            WskSocket holder = Another();
            Assert.Equal(NtStatus.STATUS_SUCCESS, holder.Set(SO_EXCLUSIVEADDRUSE, 1));
            Assert.Equal(NtStatus.STATUS_SUCCESS, holder.Bind("0.0.0.0:5000"));
        }

        if (wrong != "exhausted") return;
        rig.Stack.Configure(static stack => stack.Settings.EphemeralPorts = new PortRange(50000, 50000));
        Assert.Equal(NtStatus.STATUS_SUCCESS, Another().Bind("10.1.0.1:0"));
    }

    /// <summary>Runs what is scheduled when it is told to.</summary>
    private sealed class ManualScheduler : PipeScheduler, IDisposable
    {
        private readonly Queue<(Action<object?> Action, object? State)> _work = new();

        public override void Schedule(Action<object?> action, object? state) => _work.Enqueue((action, state));

        public void Run()
        {
            while (_work.TryDequeue(out (Action<object?> Action, object? State) item)) item.Action(item.State);
        }

        public void RunOne()
        {
            (Action<object?> action, object? state) = _work.Dequeue();
            action(state);
        }

        public void Dispose() => Run();
    }
}
