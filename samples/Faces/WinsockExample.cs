using UserNet.Binding;
using UserNet.Errors;
using UserNet.Facades.Winsock;
using static UserNet.Facades.Winsock.Winsock2;

namespace UserNet.Samples.Faces;

/// <summary>The example of the page of bind in winsock2.h.</summary>
internal static class WinsockExample
{
    public static void Run(Example example)
    {
        using NetworkStack stack = example.NewHost(Personality.Windows);
        using var ws2 = new WinsockProcess(stack);      // the process: its functions are ws2_32's

        WsaError started = ws2.WSAStartup(MAKEWORD(2, 2), out WSADATA wsaData);
        example.Say("WSAStartup(MAKEWORD(2, 2), &wsaData)", $"{started}, version {LOBYTE(wsaData.wVersion)}.{HIBYTE(wsaData.wVersion)}");

        SOCKET listenSocket = ws2.socket(AF_INET, SOCK_STREAM, IPPROTO_TCP);
        example.Say("socket(AF_INET, SOCK_STREAM, IPPROTO_TCP)", listenSocket);
        if (listenSocket == INVALID_SOCKET)
        {
            ws2.WSACleanup();
            return;
        }

        sockaddr_in service = default;
        service.sin_family = AF_INET;
        service.sin_addr.s_addr = inet_addr("127.0.0.1");
        service.sin_port = htons(27015);

        int result = ws2.bind(listenSocket, service, sockaddr_in.Size);
        if (result == SOCKET_ERROR) example.Say("bind(listenSocket, &service, sizeof service)", $"SOCKET_ERROR, {ws2.WSAGetLastError()}");
        else example.Say("bind(listenSocket, &service, sizeof service)", result);

        // What the page leaves out: a second socket finds the address taken.
        SOCKET second = ws2.socket(AF_INET, SOCK_STREAM, IPPROTO_TCP);
        result = ws2.bind(second, service, sockaddr_in.Size);
        example.Say("bind(second, &service, sizeof service)", $"{(result == SOCKET_ERROR ? "SOCKET_ERROR" : result)}, {ws2.WSAGetLastError()}");

        example.Say("closesocket(second), closesocket(listenSocket)", $"{ws2.closesocket(second)}, {ws2.closesocket(listenSocket)}");
        example.Say("WSACleanup()", ws2.WSACleanup());
    }
}
