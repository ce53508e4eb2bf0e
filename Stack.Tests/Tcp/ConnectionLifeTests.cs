using System.Net.NetworkInformation;
using System.Text;
using UserNet.Doors;
using UserNet.Tcp;
using UserNet.Wire;
using Xunit;

namespace UserNet.Tests.Tcp;

/// <summary>A connection's life, segment by segment.</summary>
public sealed class ConnectionLifeTests
{
    [Fact]
    public void A_listener_answers_takes_data_and_closes_in_order()
    {
        using var rig = new SegmentRig();
        ListenQueue listener = rig.Listen(80);

        Assert.Equal(DropReason.None, rig.Receive(4000, 80, TcpFlags.Syn, 100));
        SeenSegment synAck = Assert.Single(rig.TakeSent());
        Assert.Equal(TcpFlags.Syn | TcpFlags.Ack, synAck.Flags);
        Assert.Equal(101u, synAck.Ack);
        uint us = synAck.Seq + 1;
        Assert.Equal(DropReason.None, rig.Receive(4000, 80, TcpFlags.Ack, 101, us));
        Tcb child = rig.Accept(listener)!;
        rig.Receive(4000, 80, TcpFlags.Ack | TcpFlags.Psh, 101, us, length: 10);
        Assert.Equal(10, child.Received.Count);
        using (rig.Stack.Core.Enter()) Assert.Equal(5, child.Write("hello"u8));
        SeenSegment data = Assert.Single(rig.TakeSent(), s => s.Payload.Length > 0);
        Assert.Equal("hello", Encoding.ASCII.GetString(data.Payload));
        Assert.Equal(TcpFlags.Ack | TcpFlags.Psh, data.Flags);
        rig.Receive(4000, 80, TcpFlags.Ack | TcpFlags.Fin, 111, us + 5);
        Assert.Equal(TcpState.CloseWait, child.State);
        using (rig.Stack.Core.Enter())
        {
            Span<byte> ten = stackalloc byte[10];
            child.Read(ten, false);
            child.Close(rig.Stack.Core.Now);
        }

        SeenSegment fin = rig.TakeSent()[^1];
        Assert.Equal(TcpFlags.Ack | TcpFlags.Fin, fin.Flags);
        rig.Receive(4000, 80, TcpFlags.Ack, 112, us + 6);
        Assert.True(child.IsGone);
    }
}
