using System.Buffers;
using System.IO.Pipelines;
using UserNet.Sockets;

namespace UserNet.Samples.TapHost;

/// <summary>What each of the small services does with a connection, from its beginning to its end.</summary>
internal static class SmallStreams
{
    private const int LinesPerFlush = 200;

    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(5), GoodBye = TimeSpan.FromSeconds(2);

    /// <summary>RFC 862: sends back what comes, until the peer ends.</summary>
    public static async Task EchoAsync(TcpConnection connection, TimeProvider time)
    {
        using Patience patience = new(connection, Limit, time);
        while (true)
        {
            ReadResult read = await patience.ReadAsync();
            foreach (ReadOnlyMemory<byte> part in read.Buffer) connection.Output.Write(part.Span);
            connection.Input.AdvanceTo(read.Buffer.End);
            FlushResult flush = await patience.FlushAsync();
            if (read.IsCompleted || flush.IsCompleted) return;
        }
    }

    /// <summary>RFC 863: throws away what comes, until the peer ends.</summary>
    public static async Task DiscardAsync(TcpConnection connection, TimeProvider time)
    {
        using Patience patience = new(connection, Limit, time);
        await DrainAsync(connection, patience);
    }

    /// <summary>RFC 867: tells the time and ends.</summary>
    public static async Task TellTimeAsync(TcpConnection connection, TimeProvider time)
    {
        using Patience patience = new(connection, Limit, time);
        int length = SmallServers.WriteTime(time, connection.Output.GetSpan(SmallServers.LongestPattern));
        connection.Output.Advance(length);
        await patience.FlushAsync();
        await EndAsync(connection, time);
    }

    /// <summary>RFC 864: sends the pattern for as long as the peer takes it, and throws away what comes.</summary>
    public static async Task GenerateAsync(TcpConnection connection, TimeProvider time)
    {
        using Patience patience = new(connection, Limit, time);
        Task heard = HearAsync(connection);
        try
        {
            for (int line = 0; ;)
            {
                for (int i = 0; i < LinesPerFlush; i++, line++)
                    connection.Output.Advance(SmallServers.WriteLine(connection.Output.GetSpan(SmallServers.LongestPattern), line));
                if ((await patience.FlushAsync()).IsCompleted) return;
            }
        }
        finally
        {
            connection.Input.CancelPendingRead();
            await heard;
        }
    }

    /// <summary>
    /// Ends sending, and hears the peer out for a moment: octets that nobody reads would break the connection by a reset, and might take
    /// with them what was sent last.
    /// </summary>
    public static async Task EndAsync(TcpConnection connection, TimeProvider time)
    {
        await connection.Output.CompleteAsync();
        using Patience patience = new(connection, GoodBye, time);
        await DrainAsync(connection, patience);
    }

    private static async Task DrainAsync(TcpConnection connection, Patience patience)
    {
        while (true)
        {
            ReadResult read = await patience.ReadAsync();
            connection.Input.AdvanceTo(read.Buffer.End);
            if (read.IsCompleted) return;
        }
    }

    private static async Task HearAsync(TcpConnection connection)
    {
        try
        {
            while (true)
            {
                ReadResult read = await connection.Input.ReadAsync();
                connection.Input.AdvanceTo(read.Buffer.End);
                if (read.IsCompleted || read.IsCanceled) return;
            }
        }
        catch (Exception e) when (e is System.Net.Sockets.SocketException or ObjectDisposedException or InvalidOperationException)
        {
            // Who sends is told, too.
        }
    }
}
