using UserNet.Binding;
using UserNet.Samples.BindShell;
using Xunit;

namespace UserNet.Tests.Parity;

/// <summary>Who gets a datagram for many on Windows, where it is not who gets it on Linux; with real packets.</summary>
public sealed class WindowsDeliveryTests
{
    private const string Sockets = """
        S = udp4 ; S bind 0.0.0.0 P
        T = udp4 ; T bind 10.1.0.1 P
        U = udp4 ; U bind 10.2.0.1 P
        V = udp4 ; V bind 127.0.0.1 P
        """;

    [Theory]
    [InlineData("", "224.1.1.1", "none", "none")]
    [InlineData("S join 224.1.1.1 10.1.0.1", "224.1.1.1", "S", "S")]
    [InlineData("T join 224.1.1.1 10.1.0.1", "224.1.1.1", "T", "S")]
    [InlineData("T join 224.1.1.1 10.1.0.1 ; S join 224.1.1.1 10.1.0.1", "224.1.1.1", "S+T", "S")]
    [InlineData("U join 224.1.1.1 10.1.0.1", "224.1.1.1", "none", "S")]
    [InlineData("X = udp4 ; X join 224.1.1.1 10.1.0.1", "224.1.1.1", "none", "S")]
    [InlineData("", "10.1.0.255", "S+T", "S")]
    [InlineData("", "255.255.255.255", "S+T", "S")]
    [InlineData("", "10.1.0.1", "T", "T")]
    public void Members_and_the_interface_s_own_address_hear_a_group(string joins, string destination, string onWindows, string onLinux)
    {
        Assert.Equal(onWindows, Deliver(Personality.Windows, joins, destination, shares: false));
        Assert.Equal(onLinux, Deliver(Personality.Linux, joins, destination, shares: true));
    }

    private static string Deliver(Personality personality, string joins, string destination, bool shares)
    {
        using var world = new StackWorld(personality, seed: 1);
        var interpreter = new Interpreter(world);
        string sockets = shares ? Sockets.Replace(" = udp4 ;", " = udp4 ; SOCKET ra 1 ;", StringComparison.Ordinal) : Sockets;
        string script = string.Join('\n', sockets.Split('\n').Select(static line => line.Replace("SOCKET", line[..1], StringComparison.Ordinal)));
        string last = "";
        foreach (ScriptStep step in ScriptParser.Parse($"{script}\n{joins}\ndeliver B 10.1.0.9 Q {destination} P"))
        {
            last = interpreter.Run(step).Text;
            if (step.Verb.Text != "deliver") Assert.Equal("ok", last);
        }

        return last;
    }
}
