using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using System.Security.Cryptography;
using System.Text;
using UserNet.Sockets;

namespace UserNet.Samples.TapHost;

/// <summary>
/// A page about the host by HTTP/1.1 (RFC 9110, RFC 9112), and two places for measurements: <c>/bytes/N</c> gives N octets of
/// <see cref="PseudoRandomOctets"/>, of another seed with <c>?seed=S</c>, and <c>/sink</c> takes content and answers with its length and SHA-256.
/// </summary>
/// <remarks>Connections stay; requests may come one after the other without waiting. Content has a Content-Length, both ways.</remarks>
internal sealed class HttpServer(NetworkStack stack, TimeProvider time)
{
    private const int PerFlush = 4 * 16_384;
    private const string Plain = "text/plain; charset=utf-8";

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private readonly DateTimeOffset _start = time.GetUtcNow();

    /// <summary>Serves a connection until one of both ends it.</summary>
    public async Task ServeAsync(TcpConnection connection)
    {
        using Patience patience = new(connection, Limit, time);
        while (await ReadHeadAsync(connection, patience) is { } request)
        {
            bool stays = request.Fault == 0
                ? await AnswerAsync(connection, patience, request)
                : await RefuseAsync(connection, patience, request, request.Fault);
            if (!stays) break;
        }

        await SmallStreams.EndAsync(connection, time);
    }

    // Null when the client has ended.
    private static async Task<HttpRequest?> ReadHeadAsync(TcpConnection connection, Patience patience)
    {
        while (true)
        {
            ReadResult read = await patience.ReadAsync();
            if (HttpRequest.TryRead(read.Buffer, out HttpRequest request, out SequencePosition end))
            {
                connection.Input.AdvanceTo(end);
                return request;
            }

            connection.Input.AdvanceTo(read.Buffer.Start, read.Buffer.End);
            if (read.IsCompleted) return null;
        }
    }

    private async Task<bool> AnswerAsync(TcpConnection connection, Patience patience, HttpRequest request)
    {
        if (request.Method is not ("GET" or "HEAD" or "PUT" or "POST")) return await RefuseAsync(connection, patience, request, 501);
        bool isReading = request.Method is "GET" or "HEAD";
        if (request.Path == "/sink")
        {
            if (isReading) return await RefuseAsync(connection, patience, request, 405, "PUT, POST");
            return request.HasLength ? await SinkAsync(connection, patience, request) : await RefuseAsync(connection, patience, request, 411);
        }

        bool isKnown = TryReadBytes(request, out long length, out ulong seed) || request.Path == "/";
        if (!isKnown) return await RefuseAsync(connection, patience, request, 404);
        if (!isReading) return await RefuseAsync(connection, patience, request, 405, "GET, HEAD");
        if (request.Length > 0) await TakeAsync(connection, patience, request, null);
        if (request.Path == "/") return await WriteAsync(connection, patience, request, 200, "text/html; charset=utf-8", HostPage.Write(stack, time, _start, connection));

        WriteHead(connection.Output, request, 200, "application/octet-stream", length, request.KeepsAlive);
        if (request.Method == "GET") await WriteBytesAsync(connection, patience, seed, length);
        await patience.FlushAsync();
        return request.KeepsAlive;
    }

    private static bool TryReadBytes(HttpRequest request, out long length, out ulong seed)
    {
        const string place = "/bytes/", parameter = "seed=";
        (length, seed) = (0, 0);
        if (!request.Path.StartsWith(place, StringComparison.Ordinal)) return false;
        if (!long.TryParse(request.Path.AsSpan(place.Length), NumberStyles.None, CultureInfo.InvariantCulture, out length)) return false;
        if (request.Query.Length == 0) return true;
        return request.Query.StartsWith(parameter, StringComparison.Ordinal)
            && ulong.TryParse(request.Query.AsSpan(parameter.Length), NumberStyles.None, CultureInfo.InvariantCulture, out seed);
    }

    private static async Task WriteBytesAsync(TcpConnection connection, Patience patience, ulong seed, long length)
    {
        PipeWriter output = connection.Output;
        for (long position = 0, unflushed = 0; position < length;)
        {
            Memory<byte> memory = output.GetMemory();
            int count = (int)Math.Min(memory.Length, length - position);
            PseudoRandomOctets.Fill(seed, position, memory.Span[..count]);
            output.Advance(count);
            position += count;
            unflushed += count;
            if (unflushed < PerFlush) continue;
            unflushed = 0;
            if ((await patience.FlushAsync()).IsCompleted) throw new OperationCanceledException("The connection was closed.");
        }
    }

    private static async Task<bool> SinkAsync(TcpConnection connection, Patience patience, HttpRequest request)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        await TakeAsync(connection, patience, request, hash);
        return await WriteAsync(connection, patience, request, 200, Plain, $"{request.Length} {Convert.ToHexStringLower(hash.GetHashAndReset())}\n");
    }

    private static async Task TakeAsync(TcpConnection connection, Patience patience, HttpRequest request, IncrementalHash? hash)
    {
        if (request.ExpectsContinue && request.Length > 0)
        {
            connection.Output.Write("HTTP/1.1 100 Continue\r\n\r\n"u8);
            await patience.FlushAsync();
        }

        for (long left = request.Length; left > 0;)
        {
            ReadResult read = await patience.ReadAsync();
            ReadOnlySequence<byte> part = read.Buffer.Slice(0, Math.Min(left, read.Buffer.Length));
            if (hash is not null)
                foreach (ReadOnlyMemory<byte> piece in part) hash.AppendData(piece.Span);
            left -= part.Length;
            connection.Input.AdvanceTo(part.End);
            if (read.IsCompleted && left > 0) throw new OperationCanceledException("The client ended within its content.");
        }
    }

    // What content comes with a request that is refused is not waited for, so that nothing can follow it.
    private static async Task<bool> RefuseAsync(TcpConnection connection, Patience patience, HttpRequest request, int status, string? allow = null)
    {
        bool stays = request.KeepsAlive && request.Length == 0 && request.Fault == 0;
        byte[] content = Encoding.UTF8.GetBytes($"{status} {ReasonOf(status)}\n");
        WriteHead(connection.Output, request, status, Plain, content.Length, stays, allow);
        if (request.Method != "HEAD") connection.Output.Write(content);
        await patience.FlushAsync();
        return stays;
    }

    private static async Task<bool> WriteAsync(TcpConnection connection, Patience patience, HttpRequest request, int status, string type, string text)
    {
        byte[] content = Encoding.UTF8.GetBytes(text);
        WriteHead(connection.Output, request, status, type, content.Length, request.KeepsAlive);
        if (request.Method != "HEAD") connection.Output.Write(content);
        await patience.FlushAsync();
        return request.KeepsAlive;
    }

    private static void WriteHead(
        PipeWriter output, HttpRequest request, int status, string type, long length, bool stays, string? allow = null)
    {
        string connection = !stays ? "Connection: close\r\n" : request.IsOld ? "Connection: keep-alive\r\n" : "";
        string head = string.Create(
            CultureInfo.InvariantCulture,
            $"HTTP/1.1 {status} {ReasonOf(status)}\r\nServer: UserNet\r\nContent-Type: {type}\r\nContent-Length: {length}\r\n{connection}");
        if (allow is not null) head += $"Allow: {allow}\r\n";
        output.Write(Encoding.ASCII.GetBytes(head + "\r\n"));
    }

    private static string ReasonOf(int status) => status switch
    {
        200 => "OK",
        400 => "Bad Request",
        404 => "Not Found",
        405 => "Method Not Allowed",
        411 => "Length Required",
        417 => "Expectation Failed",
        431 => "Request Header Fields Too Large",
        501 => "Not Implemented",
        _ => "HTTP Version Not Supported",
    };
}
