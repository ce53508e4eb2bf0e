using System.Buffers.Binary;
using UserNet.Sockets;

namespace UserNet.Samples.BindShell;

// Streams: from connect to the state of a connection.
public sealed partial class Interpreter
{
    // By the numbers of TCP_INFO's first octet.
    private static readonly string[] States =
    [
        "?", "ESTABLISHED", "SYN_SENT", "SYN_RECV", "FIN_WAIT1", "FIN_WAIT2", "TIME_WAIT", "CLOSE", "CLOSE_WAIT", "LAST_ACK", "LISTEN", "CLOSING",
    ];

    private string Connect(Socket socket, ScriptStep step)
    {
        IScriptHost host = HostOf(socket);
        byte[] octets = Endpoints.Write(step[0]!, PortOf(step.Arguments[1]), host, out int length);
        int answer = host.Connect(socket.Descriptor, octets, length, waits: step.Verb.Text == "connectb");
        bool asks = explains && answer < 0;
        if (!host.IsUnderWay(answer) || step.Verb.Text != "connect")
            return Answer(answer, asks ? (host as IExplainingHost)?.ExplainConnect(socket.Descriptor, octets, length) : null);
        return host.Poll(socket.Descriptor, toWrite: true) == 1 ? GetOption(socket, "err") : Answer(answer);
    }

    private string Accept(Socket socket, string name)
    {
        int descriptor = HostOf(socket).Accept(socket.Descriptor);
        return descriptor < 0 ? Answer(descriptor) : Name(new Socket(name, descriptor, socket.Host, socket.IsV6));
    }

    private string State(Socket socket)
    {
        byte[] info = new byte[8];
        int length = info.Length;
        int answer = HostOf(socket).GetOption(socket.Descriptor, RawOptionLevel.Tcp, RawTcpOption.Information, info, ref length);
        return answer < 0 ? Answer(answer) : info[0] < States.Length ? States[info[0]] : "?";
    }

    /// <summary>Gives a socket its name, and takes the name from one that had it, which stays open.</summary>
    private string Name(Socket socket)
    {
        _sockets[socket.Name] = socket;
        _inOrder.Add(socket);
        return "ok";
    }

    private static byte[] LingerFor(int seconds)
    {
        byte[] value = new byte[2 * sizeof(int)];      // struct linger
        BinaryPrimitives.WriteInt32LittleEndian(value, 1);
        BinaryPrimitives.WriteInt32LittleEndian(value.AsSpan(sizeof(int)), seconds);
        return value;
    }
}
