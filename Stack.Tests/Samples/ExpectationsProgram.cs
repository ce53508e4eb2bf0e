using UserNet.Addressing;
using UserNet.Emulation;
using UserNet.Simulation;
using UserNet.Sockets;
using UserNet.Wire;

namespace UserNet.Tests.Samples;

/// <summary>The program of docs/expectations.md, word for word, so that it compiles; its console is a parameter.</summary>
internal static class ExpectationsProgram
{
    public static void Run(TextWriter Console)
    {
        // begin
        TimeSpan second = TimeSpan.FromSeconds(1), tenth = TimeSpan.FromSeconds(0.1);
        using var network = new VirtualNetwork(seed: 7);
        VirtualHost client = network.AddHost("client"), server = network.AddHost("server");
        var far = new VirtualLinkOptions { There = new LinkConditions { Delay = TimeSpan.FromMilliseconds(10) } };
        VirtualLink link = network.Connect(client, "10.0.0.1/24", server, "10.0.0.2/24", far);

        using TcpListener listener = server.Stack.Listen(InetEndpoint.Parse("0.0.0.0:80"));
        using PacketWatch watch = link.Watch();
        Task<TcpConnection> connecting = client.Stack.ConnectAsync(InetEndpoint.Parse("10.0.0.2:80")).AsTask();

        // The link is cut as soon as the stations know each other, so the first SYN is lost.
        watch.Received.Expect(Packets.ArpReply("10.0.0.2"), within: tenth);
        link.Cut();
        watch.Sent.Expect(Packets.Tcp(TcpFlags.Syn).And(Packets.To("10.0.0.2:80")), within: tenth);
        watch.Dropped.Expect(Packets.Tcp(TcpFlags.Syn), within: tenth);
        watch.Received.ExpectNone(Packets.Any, during: second / 2);
        client.ExpectTable("tcp  SYN-SENT  10.0.0.1:*  10.0.0.2:80");
        link.Heal();

        // It is repeated a second after the call, and answered.
        SeenPacket again = watch.Sent.Expect(Packets.Tcp(TcpFlags.Syn), within: second);
        Console.WriteLine($"After {again.Time.SinceStart.TotalSeconds} s from port {again.View.Source.Port}:\n{again}\n");
        server.ExpectTableWithin(
            """
            Netid  State   Local Address:Port  Peer Address:Port
            tcp    LISTEN  0.0.0.0:80          *
            tcp    ESTAB   10.0.0.2:80         10.0.0.1:*
            """,
            limit: tenth);

        // What does not come is reported with what did.
        try
        {
            watch.ExpectInOrder([Packets.Tcp(TcpFlags.Syn | TcpFlags.Ack), Packets.TcpData()], within: second);
        }
        catch (ExpectationException e)
        {
            Console.WriteLine(e.Message);
        }
        // end
    }
}
