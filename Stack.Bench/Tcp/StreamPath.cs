using System.Diagnostics;
using UserNet.Bench.Measuring;

namespace UserNet.Bench.Tcp;

/// <summary>A way from a client to a server, and what is measured on it. All calls block.</summary>
/// <param name="Name">As in tables.</param>
/// <param name="Family">What the sockets speak.</param>
/// <param name="Client">Who connects, and sends.</param>
/// <param name="Server">Who listens, and receives.</param>
/// <param name="Address">The server's.</param>
internal sealed record StreamPath(string Name, IpFamily Family, StreamHost Client, StreamHost Server, string Address)
{
    private const int Block = 128 * 1024, WarmUpEchoes = 200;
    private const int MostPatience = 60_000;      // ms
    private static int s_port = 7000;             // each run has a port of its own: nothing of an earlier one is in its way

    /// <summary>True when the thread that brings an octet to the server answers it; else one that waits in a call.</summary>
    public bool IsInline { get; init; }

    /// <summary>Sends as much as goes in some time; done when the server has all of it.</summary>
    public BulkRun MeasureBulk(TimeSpan time)
    {
        string endpoint = NewEndpoint();
        using StreamListener listener = Server.Listen(endpoint);
        long received = 0;
        Task sink = Server.Start(() => received = Drain(listener));
        TimeSpan taken = default;
        CpuTime cpu = default;
        Task source = Client.Start(() =>
        {
            using StreamEnd end = Client.Connect(endpoint);
            byte[] block = new byte[Block];
            CpuTime begun = CpuTime.Now;
            long begin = Stopwatch.GetTimestamp();
            while (Stopwatch.GetElapsedTime(begin) < time) end.Send(block);
            end.EndSending();
            end.Receive(block);      // the server's end
            taken = Stopwatch.GetElapsedTime(begin);
            cpu = CpuTime.Now - begun;
        });
        Finish(source, sink);
        return BulkRun.Of(received, taken, cpu);
    }

    /// <summary>Opens and closes connections for some time, some threads at once: the server closes first.</summary>
    public ConnectRun MeasureConnects(int threads, TimeSpan time)
    {
        string endpoint = NewEndpoint();
        using StreamListener listener = Server.Listen(endpoint);
        bool isOver = false;
        Task server = Server.Start(() =>
        {
            while (!Volatile.Read(ref isOver)) listener.Accept().Dispose();
        });
        int count = 0;
        CpuTime begun = CpuTime.Now;
        long begin = Stopwatch.GetTimestamp();
        Task[] clients = [.. Enumerable.Range(0, threads).Select(_ => Client.Start(() =>
        {
            while (Stopwatch.GetElapsedTime(begin) < time)
            {
                ConnectOnce(endpoint);
                Interlocked.Increment(ref count);
            }
        }))];
        Finish(clients);
        TimeSpan taken = Stopwatch.GetElapsedTime(begin);
        CpuTime cpu = CpuTime.Now - begun;
        Volatile.Write(ref isOver, true);
        Finish(Client.Start(() => Client.Connect(endpoint).Dispose()), server);
        return new ConnectRun(taken.TotalNanoseconds / count, cpu.User.TotalNanoseconds / count, cpu.Kernel.TotalNanoseconds / count);
    }

    /// <summary>Sends one octet there and back, again and again.</summary>
    public EchoRun MeasureEcho(int count)
    {
        string endpoint = NewEndpoint();
        Task server = IsInline ? ((StackHost)Server).EchoOneAsync(endpoint) : StartEcho(endpoint);
        double[] times = new double[count];
        CpuTime cpu = default;
        Task client = Client.Start(() =>
        {
            using StreamEnd end = Client.Connect(endpoint);
            byte[] octet = new byte[1];
            for (int i = 0; i < WarmUpEchoes; i++) Exchange(end, octet);
            CpuTime begun = CpuTime.Now;
            for (int i = 0; i < count; i++)
            {
                long begin = Stopwatch.GetTimestamp();
                Exchange(end, octet);
                times[i] = Stopwatch.GetElapsedTime(begin).TotalNanoseconds;
            }

            cpu = CpuTime.Now - begun;
        });
        Finish(client, server);
        Array.Sort(times);
        return new EchoRun(times[count / 2], times[(int)(count * 0.99)], cpu.Total.TotalNanoseconds / count);
    }

    private Task StartEcho(string endpoint)
    {
        StreamListener listener = Server.Listen(endpoint);
        return Server.Start(() =>
        {
            using StreamListener owned = listener;
            using StreamEnd end = owned.Accept();
            byte[] buffer = new byte[4096];
            for (int octets; (octets = end.Receive(buffer)) > 0;) end.Send(buffer.AsSpan(0, octets));
        });
    }

    private static void Exchange(StreamEnd end, byte[] octet)
    {
        end.Send(octet);
        if (end.Receive(octet) != 1) throw new InvalidOperationException("An echo did not come back.");
    }

    private static long Drain(StreamListener listener)
    {
        using StreamEnd end = listener.Accept();
        byte[] buffer = new byte[2 * Block];
        long count = 0;
        for (int octets; (octets = end.Receive(buffer)) > 0;) count += octets;
        return count;
    }

    private void ConnectOnce(string endpoint)
    {
        using StreamEnd end = Client.Connect(endpoint);
        Span<byte> none = stackalloc byte[1];
        if (end.Receive(none) != 0) throw new InvalidOperationException("An octet came that nobody sent.");
    }

    private string NewEndpoint() => IpFamilies.Endpoint(Address, Interlocked.Increment(ref s_port));

    private void Finish(params Task[] tasks)
    {
        if (!Task.WaitAll(tasks, MostPatience)) throw new InvalidOperationException($"{Name}: it did not end.");
    }
}
