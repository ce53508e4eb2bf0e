using System.Buffers;
using System.IO.Pipelines;
using System.Net.Sockets;
using UserNet.Addressing;
using UserNet.Errors;
using UserNet.Sockets;
using Xunit;
using TcpListener = UserNet.Sockets.TcpListener;

namespace UserNet.Tests.Sockets;

public sealed class TcpConnectionTests : IDisposable
{
    private readonly NetworkStack _stack = DatagramRig.Stack();

    public void Dispose() => _stack.Dispose();

    private async Task<(TcpConnection Client, TcpConnection Server)> Pair()
    {
        using TcpListener listener = _stack.Listen(new InetEndpoint(InetAddress.LoopbackV4, 0));
        TcpConnection client = await _stack.ConnectAsync(listener.Local, TestContext.Current.CancellationToken);
        return (client, await listener.AcceptAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task What_is_written_to_one_pipe_is_read_from_the_other()
    {
        (TcpConnection client, TcpConnection server) = await Pair();
        ValueTask<ReadResult> reading = server.Input.ReadAsync(TestContext.Current.CancellationToken);
        Assert.False(reading.IsCompleted);
        await client.Output.WriteAsync(new byte[] { 1, 2, 3, 4 }, TestContext.Current.CancellationToken);
        ReadResult read = await reading;
        Assert.Equal([1, 2, 3, 4], read.Buffer.ToArray());
        server.Input.AdvanceTo(read.Buffer.GetPosition(1), read.Buffer.End);
        Assert.False(server.Input.TryRead(out _));      // all was looked at
        await client.Output.WriteAsync(new byte[] { 5 }, TestContext.Current.CancellationToken);
        read = await server.Input.ReadAsync(TestContext.Current.CancellationToken);
        Assert.Equal([2, 3, 4, 5], read.Buffer.ToArray());
        server.Input.AdvanceTo(read.Buffer.End);
        await client.Output.CompleteAsync();
        read = await server.Input.ReadAsync(TestContext.Current.CancellationToken);
        Assert.True(read.IsCompleted && read.Buffer.IsEmpty);
        server.Input.AdvanceTo(read.Buffer.End);
        client.Dispose();
        server.Dispose();
    }

    [Fact]
    public async Task Much_flows_both_ways_and_no_octet_changes()
    {
        (TcpConnection client, TcpConnection server) = await Pair();
        byte[] octets = new byte[3_000_000];
        TestSettings.Random(77).NextBytes(octets);
        Task writing = Write(client.Output, octets), back = Write(server.Output, octets);
        Task<byte[]> reading = Read(server.Input), readingBack = Read(client.Input);
        await Task.WhenAll(writing, back);
        byte[] there = await reading, returned = await readingBack;
        Assert.True(octets.AsSpan().SequenceEqual(there));
        Assert.True(octets.AsSpan().SequenceEqual(returned));
        client.Dispose();
        server.Dispose();
    }

    [Fact]
    public async Task A_reader_that_waits_for_more_than_the_window_gets_it()
    {
        (TcpConnection client, TcpConnection server) = await Pair();
        byte[] octets = new byte[8_000_000];
        Task writing = Write(client.Output, octets);
        ReadResult read = await server.Input.ReadAtLeastAsync(octets.Length, TestContext.Current.CancellationToken);
        Assert.Equal(octets.Length, read.Buffer.Length);
        server.Input.AdvanceTo(read.Buffer.End);
        await writing;
        client.Dispose();
        server.Dispose();
    }

    [Fact]
    public async Task Waiting_reads_are_cancelled_by_token_and_by_call()
    {
        (TcpConnection client, TcpConnection server) = await Pair();
        using var source = new CancellationTokenSource();
        ValueTask<ReadResult> reading = server.Input.ReadAsync(source.Token);
        source.Cancel();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await reading);
        reading = server.Input.ReadAsync(TestContext.Current.CancellationToken);
        server.Input.CancelPendingRead();
        ReadResult read = await reading;
        Assert.True(read.IsCanceled);
        server.Input.AdvanceTo(read.Buffer.End);
        await client.Output.WriteAsync(new byte[] { 9 }, TestContext.Current.CancellationToken);
        read = await server.Input.ReadAsync(TestContext.Current.CancellationToken);
        Assert.Equal(1, read.Buffer.Length);
        Assert.Throws<InvalidOperationException>(() => server.Input.TryRead(out _));
        server.Input.AdvanceTo(read.Buffer.End);
        client.Dispose();
        server.Dispose();
    }

    [Fact]
    public async Task A_flush_waits_while_the_peer_reads_nothing()
    {
        (TcpConnection client, TcpConnection server) = await Pair();
        ValueTask<FlushResult> flush = default;
        for (int i = 0; i < 1000; i++)
        {
            client.Output.GetSpan(65_536)[..65_536].Clear();
            client.Output.Advance(65_536);
            flush = client.Output.FlushAsync(TestContext.Current.CancellationToken);
            if (!flush.IsCompleted) break;
            await flush;
        }

        Assert.False(flush.IsCompleted);
        client.Output.CancelPendingFlush();
        Assert.True((await flush).IsCanceled);
        flush = client.Output.FlushAsync(TestContext.Current.CancellationToken);
        Assert.False(flush.IsCompleted);
        server.Abort();
        NetworkException broken = await Assert.ThrowsAsync<NetworkException>(async () => await flush);
        Assert.Equal(Errno.ECONNRESET, broken.Errno);
        client.Dispose();
    }

    [Fact]
    public async Task A_broken_connection_gives_what_came_before_and_then_throws()
    {
        (TcpConnection client, TcpConnection server) = await Pair();
        await client.Output.WriteAsync(new byte[] { 1 }, TestContext.Current.CancellationToken);
        client.Abort();
        ReadResult read = await server.Input.ReadAsync(TestContext.Current.CancellationToken);
        Assert.Equal(1, read.Buffer.Length);
        server.Input.AdvanceTo(read.Buffer.End);
        for (int i = 0; i < 2; i++)
        {
            NetworkException broken = await Assert.ThrowsAsync<NetworkException>(
                async () => await server.Input.ReadAsync(TestContext.Current.CancellationToken));
            Assert.Equal(SocketError.ConnectionReset, broken.SocketErrorCode);
        }

        server.Dispose();
    }

    [Fact]
    public async Task A_stream_reads_and_writes_and_tells_errors_as_IOException()
    {
        (TcpConnection client, TcpConnection server) = await Pair();
        Stream stream = client.AsStream(), other = server.AsStream();
        byte[] buffer = new byte[8];
        await stream.WriteAsync(new byte[] { 1, 2, 3 }, TestContext.Current.CancellationToken);
        Assert.Equal(3, await other.ReadAsync(buffer, TestContext.Current.CancellationToken));
        other.Write([4, 5]);
        Assert.Equal(2, stream.Read(buffer));
        ValueTask<int> reading = stream.ReadAsync(buffer, TestContext.Current.CancellationToken);
        server.Abort();
        IOException broken = await Assert.ThrowsAsync<IOException>(async () => await reading);
        Assert.Equal(SocketError.ConnectionReset, Assert.IsType<NetworkException>(broken.InnerException).SocketErrorCode);
        Assert.Throws<IOException>(() => stream.Write([1]));
        stream.Dispose();
        Assert.Throws<ObjectDisposedException>(() => stream.Read(buffer));
    }

    [Fact]
    public async Task A_listener_hands_out_connections_until_it_is_disposed_of()
    {
        TcpListener listener = _stack.Listen(new InetEndpoint(InetAddress.LoopbackV4, 0));
        int count = 0;
        for (int i = 0; i < 3; i++) _ = await _stack.ConnectAsync(listener.Local, TestContext.Current.CancellationToken);
        await foreach (TcpConnection connection in listener.WithCancellation(TestContext.Current.CancellationToken))
        {
            connection.Dispose();
            if (++count == 3) listener.Dispose();
        }

        Assert.Equal(3, count);
    }

    [Fact]
    public async Task Info_tells_what_was_sent_and_agreed_on()
    {
        (TcpConnection client, TcpConnection server) = await Pair();
        await client.Output.WriteAsync(new byte[1000], TestContext.Current.CancellationToken);
        Assert.Equal(1, client.Info.StateNumber);
        Assert.Equal(1001, client.Info.BytesAcked + client.Socket.Unacknowledged);      // the SYN counts, as in Linux
        Assert.Equal(1000, server.Info.BytesReceived);
        byte[] raw = new byte[UserNet.Tcp.TcpInfo.Length];
        Assert.Equal(raw.Length, client.Socket.GetRawSocketOption(RawOptionLevel.Tcp, RawTcpOption.Information, raw));
        Assert.Equal(1, raw[0]);
        client.Dispose();
        server.Dispose();
    }

    private static async Task Write(PipeWriter writer, byte[] octets)
    {
        for (int at = 0; at < octets.Length;)
        {
            int length = Math.Min(octets.Length - at, 50_000);
            octets.AsSpan(at, length).CopyTo(writer.GetSpan(length));
            writer.Advance(length);
            at += length;
            await writer.FlushAsync();
        }

        await writer.CompleteAsync();
    }

    private static async Task<byte[]> Read(PipeReader reader)
    {
        using var all = new MemoryStream();
        while (true)
        {
            ReadResult read = await reader.ReadAsync();
            foreach (ReadOnlyMemory<byte> part in read.Buffer) all.Write(part.Span);
            reader.AdvanceTo(read.Buffer.End);
            if (read.IsCompleted) return all.ToArray();
        }
    }
}
