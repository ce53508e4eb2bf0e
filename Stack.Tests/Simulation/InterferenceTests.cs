using UserNet.Addressing;
using UserNet.Emulation;
using UserNet.Simulation;
using UserNet.Sockets;
using Xunit;

namespace UserNet.Tests.Simulation;

/// <summary>User code that changes the network from within: in the middle of a delivery, a timer or a program.</summary>
public sealed class InterferenceTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    [Theory]
    [InlineData("crash a")]
    [InlineData("crash b")]
    [InlineData("restart a")]
    [InlineData("restart b")]
    [InlineData("pause a")]
    [InlineData("pause b")]
    [InlineData("cut")]
    [InlineData("end")]
    [InlineData("watch")]
    [InlineData("capture")]
    [InlineData("partition")]
    [InlineData("fault")]
    [InlineData("program")]
    [InlineData("dispose")]
    [InlineData("throw")]
    public void Whatever_user_code_does_in_the_middle_of_a_delivery_the_network_goes_on(string what)
    {
        foreach (string where in (string[])["question", "loss", "latency", "timer", "program", "continuation"])
        {
            for (int frame = 1; frame <= 4; frame++) Interfere(what, where, frame);
        }
    }

    private static void Interfere(string what, string where, int frame)
    {
        using var network = new VirtualNetwork(7);
        VirtualHost a = network.AddHost("a"), b = network.AddHost("b");
        VirtualLink link = network.Connect(a, "10.0.0.1/24", b, "10.0.0.2/24", new VirtualLinkOptions { There = new LinkConditions { Delay = Second } });
        PacketWatch watch = network.Watch();
        IDisposable capture = network.Capture(new MemoryStream());
        int count = 0;
        bool isDone = false;
        if (where == "loss") link.Change(conditions => conditions with { Loss = LossModel.When((in _) => Asked()) });
        if (where == "latency") link.Change(conditions => conditions with { Latency = LatencyDistribution.Of(_ => Asked() ? Second : Second) });
        if (where == "timer") network.At(frame * 0.5 * Second, () => Asked());
        if (where == "program") _ = a.Start(_ => Task.FromResult(Asked()));
        if (where == "continuation")
        {
            _ = a.Start(async host =>
            {
                using NetworkSocket socket = host.Bound(9);
                await socket.ReceiveAsync(new byte[10]);
                Asked();
            });
        }

        _ = b.Start(async host =>
        {
            using NetworkSocket socket = host.Bound(7);
            for (int i = 0; i < 5; i++)
            {
                socket.TrySendTo([1], InetEndpoint.Parse("10.0.0.1:9"));
                await Task.Delay(Second, host.Clock);
            }
        });
        Exception? failure = Record.Exception(() =>
        {
            if (where == "question") watch.Expect((in _) => Asked(), 10 * Second);
            network.RunFor(10 * Second);
        });
        Assert.True(isDone || where is "program" or "continuation", $"{what} at {where}, {frame}");
        if (what == "throw") Assert.IsType<FormatException>(failure);
        else if (what == "dispose") Assert.True(failure is ObjectDisposedException, $"{what} at {where}, {frame}: {failure}");
        else Assert.True(failure is null or ExpectationException or ObjectDisposedException, $"{what} at {where}, {frame}: {failure}");
        if (what == "dispose") return;
        a.Restart();
        b.Restart();
        if (what == "end") return;
        link.Change(static _ => LinkConditions.Perfect);
        network.Run(async () =>
        {
            using NetworkSocket socket = b.Bound(9);
            a.Send("10.0.0.2:9");
            Assert.Equal(1, await socket.ReceiveAsync(new byte[10]));
        });

        bool Asked()
        {
            if (++count != (where is "question" or "loss" or "latency" ? frame : 1)) return false;
            isDone = true;
            switch (what)
            {
                case "crash a": a.Crash(); break;
                case "crash b": b.Crash(); break;
                case "restart a": a.Restart(); break;
                case "restart b": b.Restart(); break;
                case "pause a": a.Pause(); break;
                case "pause b": b.Pause(); break;
                case "cut": link.Cut(); break;
                case "end": link.Dispose(); break;
                case "watch": watch.Dispose(); break;
                case "capture": capture.Dispose(); break;
                case "partition": network.Partition([a], [b]).Heal(); break;
                case "fault": network.Begin(Fault.Loss(link.Name, 1)).Dispose(); break;
                case "program": _ = a.Start(static _ => Task.CompletedTask); break;
                case "dispose": network.Dispose(); break;
                default: throw new FormatException("planted");
            }

            return true;
        }
    }
}
