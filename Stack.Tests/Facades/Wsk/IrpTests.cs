using UserNet.Errors;
using UserNet.Facades.Wsk;
using Xunit;
using static UserNet.Facades.Wsk.IoManager;

namespace UserNet.Tests.Facades.Wsk;

/// <summary>The request itself: when its routine runs, and how it is used again.</summary>
public sealed class IrpTests
{
    [Theory]
    [InlineData(NtStatus.STATUS_SUCCESS, true, false, false, true)]
    [InlineData(NtStatus.STATUS_SUCCESS, false, true, true, false)]
    [InlineData(NtStatus.STATUS_INVALID_PARAMETER, false, true, false, true)]
    [InlineData(NtStatus.STATUS_INVALID_PARAMETER, true, false, true, false)]
    [InlineData(NtStatus.STATUS_CANCELLED, true, false, false, false)]
    [InlineData(NtStatus.STATUS_CANCELLED, true, false, true, true)]
    [InlineData(NtStatus.STATUS_CANCELLED, false, true, false, true)]
    public void The_routine_runs_for_what_it_was_set_for(NtStatus status, bool onSuccess, bool onError, bool onCancel, bool runs)
    {
        WskSocket socket = new WskRig().Listening();
        Irp irp = IoAllocateIrp(1, false);
        int times = 0;
        object context = new();
        IoSetCompletionRoutine(
            irp,
            (done, given) =>
            {
                Assert.Same(irp, done);
                Assert.Same(context, given);
                Assert.Equal(status, done.IoStatus.Status);
                times++;
                return NtStatus.STATUS_SUCCESS;
            },
            context, onSuccess, onError, onCancel);
        if (status == NtStatus.STATUS_CANCELLED) IoCancelIrp(irp);
        Assert.Equal(status, socket.Bind(WskRig.Address("10.1.0.1:5000"), status == NtStatus.STATUS_INVALID_PARAMETER ? 1u : 0, irp));
        Assert.Equal((runs ? 1 : 0, true), (times, irp.IsCompleted));
        Assert.Equal(status, irp.IoStatus.Status);
    }

    [Fact]
    public void A_request_is_used_again_once_it_is_complete_be_it_inside_of_its_routine()
    {
        WskSocket socket = new WskRig().Listening();
        Irp irp = IoAllocateIrp(1, false);
        var answers = new List<NtStatus>();
        IoSetCompletionRoutine(irp, Again, null, true, true, true);
        Assert.Equal(NtStatus.STATUS_INVALID_PARAMETER, socket.Bind(WskRig.Address("10.1.0.1:5000"), 1, irp));
        Assert.Equal([NtStatus.STATUS_INVALID_PARAMETER, NtStatus.STATUS_SUCCESS], answers);
        Assert.True(irp.IsCompleted);
        IoReuseIrp(irp, NtStatus.STATUS_DEVICE_NOT_READY);
        Assert.Equal((NtStatus.STATUS_DEVICE_NOT_READY, false, false), (irp.IoStatus.Status, irp.IsCompleted, irp.Cancel));
        Assert.Equal(NtStatus.STATUS_ADDRESS_ALREADY_ASSOCIATED, socket.Bind(WskRig.Address("10.1.0.1:5000"), 0, irp));
        Assert.Equal(2, answers.Count);      // the routine went with the reuse
        IoFreeIrp(irp);

        NtStatus Again(Irp done, object? context)
        {
            answers.Add(done.IoStatus.Status);
            if (answers.Count > 1) return NtStatus.STATUS_MORE_PROCESSING_REQUIRED;
            IoReuseIrp(done, NtStatus.STATUS_SUCCESS);
            IoSetCompletionRoutine(done, Again, null, true, true, true);
            Assert.Equal(NtStatus.STATUS_SUCCESS, socket.Bind(WskRig.Address("10.1.0.1:5000"), 0, done));
            return NtStatus.STATUS_MORE_PROCESSING_REQUIRED;
        }
    }

    [Fact]
    public void A_request_that_pends_can_neither_be_used_again_nor_freed()
    {
        WskSocket socket = new WskRig().Listening();
        socket.Bind("10.1.0.1:5000");
        var call = new WskCall();
        call.Pends(socket.Listen().WskAccept(socket, 0, null, null, default, default, call.Irp));
        Assert.True(call.Irp.IsUnderWay);
        Assert.Throws<InvalidOperationException>(() => IoReuseIrp(call.Irp, NtStatus.STATUS_SUCCESS));
        Assert.Throws<InvalidOperationException>(() => IoFreeIrp(call.Irp));
        Assert.True(IoCancelIrp(call.Irp));
        call.Wait().Ended(NtStatus.STATUS_CANCELLED);
        Assert.False(IoCancelIrp(call.Irp));      // too late, and without effect
        call.Ended(NtStatus.STATUS_CANCELLED);
    }

    [Fact]
    public void A_routine_may_close_the_socket_of_its_call()
    {
        var rig = new WskRig();
        WskSocket socket = rig.Listening();
        var close = new WskCall();
        var bind = new WskCall(_ => Assert.Equal(NtStatus.STATUS_PENDING, socket.Dispatch.WskCloseSocket(socket, close.Irp)));
        bind.EndedInline(NtStatus.STATUS_SUCCESS, socket.Bind(WskRig.Address("10.1.0.1:5000"), 0, bind.Irp));
        close.Wait().Ended(NtStatus.STATUS_SUCCESS);
        Assert.Equal(0, rig.Stack.HolderCount);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Routines_may_make_the_next_call_close_and_deregister(bool completesLater)
    {
        var rig = new WskRig(completesLater: completesLater);
        WskSocket socket = rig.Datagrams();
        List<string> log = [];
        var closed = new WskCall(_ =>
        {
            rig.Subsystem.WskReleaseProviderNPI(rig.Registration);
            rig.Subsystem.WskDeregister(rig.Registration);      // nothing is left, so it does not wait
            log.Add("deregistered");
        });
        byte[] name = new byte[16];
        var bound = new WskCall(irp =>
        {
            log.Add("bound");
            Assert.Equal(NtStatus.STATUS_SUCCESS, irp.IoStatus.Status);
            var named = new WskCall(_ =>
            {
                log.Add("named");
                socket.Dispatch.WskCloseSocket(socket, closed.Irp);
            });
            socket.Datagram().WskGetLocalAddress(socket, name, named.Irp);
        });
        socket.Bind(WskRig.Address("127.0.0.1:53"), 0, bound.Irp);
        closed.Wait().Ended(NtStatus.STATUS_SUCCESS);
        Assert.Equal(["bound", "named", "deregistered"], log);
        Assert.Equal("127.0.0.1:53", WskRig.Endpoint(name).ToString());
        Assert.Equal(0, rig.Stack.HolderCount);
    }

    [Fact]
    public void An_exception_of_a_routine_is_the_callers_and_leaves_the_socket_in_order()
    {
        var rig = new WskRig();
        WskSocket socket = rig.Listening();
        Irp irp = IoAllocateIrp(1, false);
        IoSetCompletionRoutine(irp, static (_, _) => throw new FormatException(), null, true, true, true);
        Assert.Throws<FormatException>(() => socket.Bind(WskRig.Address("10.1.0.1:5000"), 0, irp));
        Assert.True(irp.IsCompleted);
        var close = new WskCall();
        close.EndedInline(NtStatus.STATUS_SUCCESS, socket.Dispatch.WskCloseSocket(socket, close.Irp));
    }
}
