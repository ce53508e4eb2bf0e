using UserNet.Addressing;
using UserNet.Binding;
using UserNet.Errors;
using UserNet.Facades;
using UserNet.Facades.Winsock;
using static UserNet.Facades.Winsock.Winsock2;

namespace UserNet.Samples.Faces;

/// <summary>The same by the procedures of a service provider: each says its error in lpErrno, which success leaves alone.</summary>
internal static class ProviderExample
{
    public static void Run(Example example)
    {
        using NetworkStack stack = example.NewHost(Personality.Windows);
        using var provider = new ServiceProvider(stack);

        WsaError started = provider.WSPStartup(MAKEWORD(2, 2), out _, out WspProcTable? procTable);
        example.Say("WSPStartup(MAKEWORD(2, 2), &data, ..., &procTable)", started);
        if (procTable is null) return;

        WsaError error = default;
        SOCKET listenSocket = procTable.WSPSocket(AF_INET, SOCK_STREAM, IPPROTO_TCP, 0, WSA_FLAG_OVERLAPPED, ref error);
        example.Say("WSPSocket(AF_INET, SOCK_STREAM, IPPROTO_TCP, ..., &error)", listenSocket);

        byte[] service = WindowsSocketAddress.ToOctets(InetEndpoint.Parse("127.0.0.1:27015"));      // struct sockaddr_in
        int result = procTable.WSPBind(listenSocket, service, service.Length, ref error);
        example.Say("WSPBind(listenSocket, &service, sizeof service, &error)", $"{result}, error {error}");

        SOCKET second = procTable.WSPSocket(AF_INET, SOCK_STREAM, IPPROTO_TCP, 0, WSA_FLAG_OVERLAPPED, ref error);
        result = procTable.WSPBind(second, service, service.Length, ref error);
        example.Say("WSPBind(second, &service, sizeof service, &error)", $"{result}, error {error}");

        int closed = procTable.WSPCloseSocket(second, ref error) | procTable.WSPCloseSocket(listenSocket, ref error);
        example.Say("WSPCloseSocket(second), WSPCloseSocket(listenSocket)", closed);
        example.Say("WSPCleanup(&error)", procTable.WSPCleanup(ref error));
    }
}
