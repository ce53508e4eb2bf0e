using UserNet.Addressing;
using UserNet.Binding;
using UserNet.Errors;
using UserNet.Facades;
using UserNet.Facades.Winsock;
using static UserNet.Facades.Winsock.Winsock2;

namespace UserNet.Tests.Facades.Documents;

/// <summary>A process that uses Winsock, and the provider below it.</summary>
internal sealed class WinsockRig : HostRig
{
    public const string Here = "127.0.0.1:5000", Elsewhere = "192.0.2.1:5000", OwnBroadcast = "10.1.0.255:5000";

    public WinsockRig() : base(Personality.Windows)
    {
        Process = new WinsockProcess(Stack);
        Process.WSAStartup(MAKEWORD(2, 2), out _);
        Process.Provider.WSPStartup(ServiceProvider.Version, out _, out WspProcTable? table);
        Table = table!;
    }

    public WinsockProcess Process { get; }

    /// <summary>The provider's procedures; their sockets are the process's.</summary>
    public WspProcTable Table { get; }

    /// <summary>A case of a function: what its last call answered, and WSAGetLastError.</summary>
    public static ErrorCase Case(string call, WsaError code, string condition, Func<WinsockRig, int> lastCall) =>
        new("Winsock", call, code.ToString(), condition, () =>
        {
            using var rig = new WinsockRig();
            return (lastCall(rig) == SOCKET_ERROR ? rig.Process.WSAGetLastError() : NO_ERROR).ToString();
        });

    /// <summary>A stream that does not block.</summary>
    public SOCKET Open(int type = SOCK_STREAM, int family = AF_INET)
    {
        SOCKET s = Process.socket(family, type, 0);
        uint isOn = 1;
        Must(Process.ioctlsocket(s, FIONBIO, ref isOn));
        return s;
    }

    public int Bind(SOCKET s, string endpoint)
    {
        byte[] name = Octets(endpoint);
        return Process.bind(s, name, name.Length);
    }

    public int Connect(SOCKET s, string endpoint)
    {
        byte[] name = Octets(endpoint);
        return Process.connect(s, name, name.Length);
    }

    public SOCKET OpenBound(string endpoint, int type = SOCK_STREAM, int option = 0)
    {
        SOCKET s = Open(type);
        if (option != 0) Must(Process.setsockopt(s, SOL_SOCKET, option, 1));
        Must(Bind(s, endpoint));
        return s;
    }

    public SOCKET OpenListener(string endpoint = Here)
    {
        SOCKET s = OpenBound(endpoint);
        Must(Process.listen(s, SOMAXCONN));
        return s;
    }

    public SOCKET OpenConnected()
    {
        OpenListener();
        SOCKET s = Open();
        Connect(s, Here);
        Pass(TimeSpan.FromSeconds(1));
        return s;
    }

    public SOCKET OpenConnecting()
    {
        SOCKET s = OpenBound("10.1.0.1:0");
        Connect(s, NobodyThere);
        return s;
    }

    /// <summary>A connect, and after a time what became of it: SO_ERROR.</summary>
    public int ConnectInTime(string endpoint, TimeSpan time)
    {
        SOCKET s = Open();
        if (Connect(s, endpoint) == 0 || Process.WSAGetLastError() != WsaError.WSAEWOULDBLOCK) return SOCKET_ERROR;
        Pass(time);
        Must(Process.getsockopt(s, SOL_SOCKET, SO_ERROR, out int error));
        Process.WSASetLastError((WsaError)error);
        return SOCKET_ERROR;
    }

    /// <summary>Has a call made while the condition function of an accept runs.</summary>
    public int InCallback(Func<int> call)
    {
        SOCKET listener = OpenListener("127.0.0.1:6000"), client = Open();
        Connect(client, "127.0.0.1:6000");
        Pass(TimeSpan.FromSeconds(1));
        int answer = 0, none = 0;
        WsaError error = default;
        Process.WSAAccept(
            listener, default, ref none,
            (_, _, _) =>
            {
                answer = call();
                error = Process.WSAGetLastError();
                return CF_REJECT;
            },
            0);
        Process.WSASetLastError(error);
        return answer;
    }

    public int NetworkFails(Func<int> call)
    {
        Process.Provider.NetworkHasFailed = true;
        return call();
    }

    public int AfterCleanup(Func<int> call)
    {
        Must(Process.WSACleanup());
        return call();
    }

    public static byte[] Octets(string endpoint) => WindowsSocketAddress.ToOctets(InetEndpoint.Parse(endpoint));

    public void Must(int answer)
    {
        if (answer == SOCKET_ERROR) throw new InvalidOperationException($"A call was answered {Process.WSAGetLastError()}.");
    }

    public override void Dispose()
    {
        Process.Dispose();
        base.Dispose();
    }
}
