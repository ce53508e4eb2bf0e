using UserNet.Addressing;
using UserNet.Binding;
using UserNet.Facades.Posix;
using static UserNet.Facades.Posix.PosixConstants;

namespace UserNet.Samples.Faces;

/// <summary>The example of Winsock's page, as POSIX has it: no start, a descriptor, errno.</summary>
internal static class PosixExample
{
    public static void Run(Example example)
    {
        using NetworkStack stack = example.NewHost(Personality.Linux);
        using var process = new PosixProcess(stack);

        int listenSocket = process.Socket(AF_INET, SOCK_STREAM, IPPROTO_TCP);
        example.Say("socket(AF_INET, SOCK_STREAM, IPPROTO_TCP)", listenSocket);

        byte[] service = SocketAddress.ToOctets(InetEndpoint.Parse("127.0.0.1:27015"));      // struct sockaddr_in
        int result = process.Bind(listenSocket, service, service.Length);
        if (result == -1) example.Say("bind(listenSocket, &service, sizeof service)", $"-1, errno {process.Error}");
        else example.Say("bind(listenSocket, &service, sizeof service)", result);

        byte[] name = new byte[SocketAddress.StorageLength];
        int length = name.Length;
        example.Say("getsockname(listenSocket, &name, &length)", $"{process.GetSockName(listenSocket, name, ref length)}, {length} octets");

        // What the page leaves out: a second socket finds the address taken.
        int second = process.Socket(AF_INET, SOCK_STREAM, IPPROTO_TCP);
        result = process.Bind(second, service, service.Length);
        example.Say("bind(second, &service, sizeof service)", $"{result}, errno {process.Error}");

        example.Say("close(second), close(listenSocket)", $"{process.Close(second)}, {process.Close(listenSocket)}");
    }
}
