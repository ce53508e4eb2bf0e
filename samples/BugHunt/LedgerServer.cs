using System.Net.Sockets;
using UserNet.Addressing;
using UserNet.Simulation;
using UserNet.Sockets;
using TcpListener = UserNet.Sockets.TcpListener;

namespace UserNet.Samples.BugHunt;

/// <summary>Books deposits: a line "deposit NUMBER AMOUNT" is answered by "ok NUMBER" once it is on the disk.</summary>
/// <param name="disk">Its disk.</param>
/// <param name="checksNumbers">True for the server without the bug.</param>
public sealed class LedgerServer(Ledger disk, bool checksNumbers)
{
    /// <summary>Where it listens.</summary>
    public const ushort Port = 4711;

    /// <summary>Serves until the host crashes.</summary>
    public async Task RunAsync(VirtualHost host)
    {
        TcpListener listener = host.Stack.Listen(new InetEndpoint(InetAddress.AnyV4, Port));
        while (true) _ = ServeAsync(await listener.AcceptAsync());
    }

    private async Task ServeAsync(TcpConnection connection)
    {
        await using Stream stream = connection.AsStream();
        using var reader = new StreamReader(stream);
        await using var writer = new StreamWriter(stream) { AutoFlush = true };
        try
        {
            while (await reader.ReadLineAsync() is { } line)
            {
                string[] words = line.Split(' ');
                int number = int.Parse(words[1]), amount = int.Parse(words[2]);
                if (checksNumbers) disk.BookOnce(number, amount);
                else disk.Book(amount);
                await writer.WriteLineAsync($"ok {number}");
            }
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            // The client is gone, and will ask again.
        }
    }
}
