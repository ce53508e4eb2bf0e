using System.Net.Sockets;
using System.Text;
using UserNet.Addressing;
using UserNet.Simulation;
using UserNet.Sockets;

namespace UserNet.Samples.BugHunt;

/// <summary>Makes deposits one after the other. When no answer comes within a second it connects anew, and asks again.</summary>
/// <remarks>How far it is it keeps on its disk: it goes on there after a restart of its host.</remarks>
public sealed class LedgerClient(InetEndpoint server, int deposits)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1), Pause = TimeSpan.FromMilliseconds(200);

    private int _next = 1;

    /// <summary>What was deposited, as far as the client was told.</summary>
    public int Deposited { get; private set; }

    /// <summary>Makes all deposits.</summary>
    public async Task RunAsync(VirtualHost host)
    {
        TcpConnection? connection = null;
        while (_next <= deposits)
        {
            using var patience = new CancellationTokenSource(Patience, host.Clock);
            try
            {
                connection ??= await host.Stack.ConnectAsync(server, patience.Token);
                await DepositAsync(connection.AsStream(), _next, patience.Token);
                Deposited += _next++;
            }
            catch (Exception e) when (e is IOException or SocketException or OperationCanceledException)
            {
                // Nobody knows whether it was booked. Ask again.
                connection?.Abort();
                connection = null;
            }

            await Task.Delay(Pause, host.Clock);
        }

        connection?.Dispose();
    }

    private static async Task DepositAsync(Stream stream, int number, CancellationToken patience)
    {
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"deposit {number} {number}\n"), patience);
        byte[] answer = new byte[64];
        int count = await stream.ReadAsync(answer, patience);
        if (Encoding.ASCII.GetString(answer, 0, count) != $"ok {number}\n") throw new IOException("The server closed the connection.");
    }
}
