using UserNet.Addressing;
using UserNet.Errors;
using UserNet.Facades.Wsk;
using Xunit;
using static UserNet.Facades.Wsk.IoManager;
using static UserNet.Facades.Wsk.WskConstants;

namespace UserNet.Tests.Facades.Wsk;

// Which port a socket keeps, and very many requests.
public sealed partial class WskConnectionTests
{
    [Fact]
    public void A_connect_that_fails_leaves_the_socket_with_the_port_that_was_chosen_for_it()
    {
        WskSocket listening = Bound(_server.Listening(), "0.0.0.0:80"), socket = Bound(_client.Connection(), "0.0.0.0:0");
        InetEndpoint chosen = socket.LocalName();
        foreach (string nobody in new[] { "10.0.1.2:9", "203.0.113.1:80", "10.0.1.2:9" })
        {
            var refused = new WskCall();
            socket.Connection().WskConnect(socket, WskRig.Address(nobody), 0, refused.Irp);
            RunFor(1);
            Assert.NotEqual(NtStatus.STATUS_SUCCESS, refused.Wait().Status);
            Assert.Equal(chosen, socket.LocalName());
        }

        var connect = new WskCall();
        connect.Pends(socket.Connection().WskConnect(socket, WskRig.Address("10.0.1.2:80"), 0, connect.Irp));
        RunUntil(() => connect.Completions == 1);
        connect.Ended(NtStatus.STATUS_SUCCESS);
        Assert.Equal(chosen.Port, socket.LocalName().Port);
        Assert.Equal(NtStatus.STATUS_SUCCESS, listening.Close());
    }

    [Fact]
    public void A_port_that_is_left_to_connect_counts_as_bound()
    {
        Bound(_server.Listening(), "0.0.0.0:80");
        WskSocket socket = _client.Connection();
        Assert.Equal(NtStatus.STATUS_SUCCESS, socket.Set(SO_REUSE_UNICASTPORT, 1));
        Assert.Equal(NtStatus.STATUS_SUCCESS, socket.Bind("10.0.1.1:0"));
        Assert.Equal(InetEndpoint.Parse("10.0.1.1:0"), socket.LocalName());
        Assert.Equal(NtStatus.STATUS_ADDRESS_ALREADY_ASSOCIATED, socket.Bind("10.0.1.1:0"));
        Assert.Equal(NtStatus.STATUS_INVALID_ADDRESS, socket.Bind("[::1]:0"));
        var connect = new WskCall();
        connect.Pends(socket.Connection().WskConnect(socket, WskRig.Address("10.0.1.2:80"), 0, connect.Irp));
        RunUntil(() => connect.Completions == 1);
        connect.Ended(NtStatus.STATUS_SUCCESS);
        Assert.InRange(socket.LocalName().Port, 49_152, 65_535);
    }

    [Fact]
    public void Thousands_of_accepts_pend_and_each_gets_a_connection_or_its_cancel()
    {
        const int Count = 5_000, Callers = 20;
        WskSocket listening = Bound(_server.Listening(), "0.0.0.0:80");
        WskCall[] accepts = [.. Enumerable.Range(0, Count).Select(_ => new WskCall())];
        foreach (WskCall accept in accepts) accept.Pends(listening.Listen().WskAccept(listening, 0, null, null, default, default, accept.Irp));
        for (int i = 0; i < Callers; i++)
        {
            WskSocket caller = Bound(_client.Connection(), "0.0.0.0:0");
            caller.Connection().WskConnect(caller, WskRig.Address("10.0.1.2:80"), 0, new WskCall().Irp);
        }

        RunFor(5);
        for (int i = 0; i < Callers; i++) accepts[i].Ended(NtStatus.STATUS_SUCCESS);      // the oldest first
        for (int i = Callers; i < Count; i += 2) Assert.True(IoCancelIrp(accepts[i].Irp));
        var close = new WskCall();
        close.Pends(listening.Dispatch.WskCloseSocket(listening, close.Irp));
        RunFor(1);
        close.Ended(NtStatus.STATUS_SUCCESS);
        for (int i = Callers; i < Count; i++) accepts[i].Ended(NtStatus.STATUS_CANCELLED);
    }
}
