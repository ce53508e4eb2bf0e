using UserNet.Addressing;
using UserNet.Binding;
using UserNet.Errors;
using UserNet.Facades;
using UserNet.Facades.Winsock;
using Xunit;
using static UserNet.Facades.Winsock.Winsock2;

namespace UserNet.Tests.Facades.Winsock;

/// <summary>A process on the hosts of the golden rows, and its calls in short.</summary>
internal sealed class WinsockRig : IDisposable
{
    private readonly bool _ownsStack;

    public WinsockRig(Personality? personality = null, Action<BindSettings>? settings = null)
        : this(new NetworkStack(new()
        {
            Personality = personality ?? Personality.Windows,
            Settings = settings,
            Randomness = new Random(1).NextBytes,
            Routes = GoldenTopology.HostA((personality ?? Personality.Windows).StrongHost ? UserNet.Ip.HostModel.Strong : UserNet.Ip.HostModel.Weak),
        }), Caller.Root) => _ownsStack = true;

    public WinsockRig(NetworkStack stack, Caller caller)
    {
        Stack = stack;
        Process = new WinsockProcess(stack, caller);
        Assert.Equal(NO_ERROR, Process.WSAStartup(MAKEWORD(2, 2), out _));
        Assert.Equal(WsaError.Success, Process.Provider.WSPStartup(MAKEWORD(2, 2), out _, out WspProcTable? table));
        Table = table!;
    }

    public NetworkStack Stack { get; }

    public WinsockProcess Process { get; }

    public WspProcTable Table { get; }

    public WsaError LastError => Process.WSAGetLastError();

    public void Dispose()
    {
        Process.Dispose();
        if (_ownsStack) Stack.Dispose();
    }

    /// <summary>tcp4, tcp6, udp4, udp6; a d behind it for dual stack.</summary>
    public SOCKET Open(string kind)
    {
        bool isTcp = kind.StartsWith("tcp", StringComparison.Ordinal);
        SOCKET s = Process.socket(kind[3] == '6' ? AF_INET6 : AF_INET, isTcp ? SOCK_STREAM : SOCK_DGRAM, isTcp ? IPPROTO_TCP : IPPROTO_UDP);
        Assert.NotEqual(INVALID_SOCKET, s);
        if (kind.EndsWith('d')) Set(s, IPPROTO_IPV6, IPV6_V6ONLY, 0);
        return s;
    }

    public SOCKET OpenBound(string kind, string endpoint, params int[] options)
    {
        SOCKET s = Open(kind);
        foreach (int option in options) Set(s, SOL_SOCKET, option, 1);
        Assert.Equal(WsaError.Success, Bind(s, endpoint));
        return s;
    }

    public void Set(SOCKET s, int level, int option, int value) =>
        Assert.True(Process.setsockopt(s, level, option, value) == 0, $"option {option:x}: {LastError}");

    public WsaError Bind(SOCKET s, string endpoint)
    {
        byte[] name = Octets(endpoint);
        return Code(Process.bind(s, name, name.Length));
    }

    public WsaError Connect(SOCKET s, string endpoint)
    {
        byte[] name = Octets(endpoint);
        return Code(Process.connect(s, name, name.Length));
    }

    public WsaError SendTo(SOCKET s, string endpoint, int octets = 1)
    {
        byte[] name = Octets(endpoint);
        int sent = Process.sendto(s, new byte[octets], octets, 0, name, name.Length);
        return sent == octets ? WsaError.Success : Code(sent);
    }

    public WsaError Listen(SOCKET s) => Code(Process.listen(s, 5));

    /// <summary>The socket's name; or the error.</summary>
    public string NameOf(SOCKET s) => Name(s, isPeer: false);

    public string PeerOf(SOCKET s) => Name(s, isPeer: true);

    public ushort PortOf(SOCKET s) => InetEndpoint.Parse(NameOf(s)).Port;

    public void DoNotBlock(SOCKET s)
    {
        uint on = 1;
        Assert.Equal(0, Process.ioctlsocket(s, FIONBIO, ref on));
    }

    /// <summary>Two streams connected with each other on the loopback.</summary>
    public (SOCKET Client, SOCKET Server) Pair()
    {
        SOCKET listener = OpenBound("tcp4", "127.0.0.1:0"), client = Open("tcp4");
        Assert.Equal(WsaError.Success, Listen(listener));
        Assert.Equal(WsaError.Success, Connect(client, NameOf(listener)));
        SOCKET server = Process.accept(listener);
        Assert.NotEqual(INVALID_SOCKET, server);
        Process.closesocket(listener);
        return (client, server);
    }

    public WsaError Code(int result)
    {
        Assert.True(result is 0 or SOCKET_ERROR);
        return result == 0 ? WsaError.Success : LastError;
    }

    public static byte[] Octets(string endpoint) => WindowsSocketAddress.ToOctets(InetEndpoint.Parse(endpoint));

    private string Name(SOCKET s, bool isPeer)
    {
        byte[] octets = new byte[WindowsSocketAddress.V6Length];
        int length = octets.Length;
        if ((isPeer ? Process.getpeername(s, octets, ref length) : Process.getsockname(s, octets, ref length)) != 0) return LastError.ToString();
        Assert.Equal(BindRule.Granted, WindowsSocketAddress.TryRead(octets.AsSpan(0, length), out InetEndpoint name));
        return name.ToString();
    }
}
