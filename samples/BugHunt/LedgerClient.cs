using System.Net.Sockets;
using UserNet.Addressing;
using UserNet.Simulation;
using UserNet.Sockets;

namespace UserNet.Samples.BugHunt;

/// <summary>Makes deposits one after the other. When no answer comes within a second it connects anew, and asks again.</summary>
public sealed class LedgerClient(InetEndpoint server, int deposits)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1), Pause = TimeSpan.FromMilliseconds(200);

    /// <summary>What was deposited, as far as the client was told.</summary>
    public int Deposited { get; private set; }

    /// <summary>Makes all deposits.</summary>
    public async Task RunAsync(VirtualHost host)
    {
        TcpConnection? connection = null;
        for (int number = 1; number <= deposits;)
        {
            using var patience = new CancellationTokenSource(Patience, host.Clock);
            try
            {
                connection ??= await host.Stack.ConnectAsync(server, patience.Token);
                if (await DepositAsync(connection.AsStream(), number, patience.Token))
                {
                    Deposited += number;
                    number++;
                    await Task.Delay(Pause, host.Clock);
                    continue;
                }
            }
            catch (Exception e) when (e is IOException or SocketException or OperationCanceledException)
            {
                // Nobody knows whether it was booked.
            }

            connection?.Abort();
            connection = null;
            await Task.Delay(Pause, host.Clock);
        }

        connection?.Dispose();
    }

    private static async Task<bool> DepositAsync(Stream stream, int number, CancellationToken patience)
    {
        await stream.WriteAsync(System.Text.Encoding.ASCII.GetBytes($"deposit {number} {number}\n"), patience);
        byte[] answer = new byte[64];
        int count = await stream.ReadAsync(answer, patience);
        return System.Text.Encoding.ASCII.GetString(answer, 0, count) == $"ok {number}\n";
    }
}
