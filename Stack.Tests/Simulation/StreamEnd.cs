using UserNet.Errors;
using UserNet.Simulation;
using UserNet.Tcp;
using UserNet.Time;
using Xunit;

namespace UserNet.Tests.Simulation;

/// <summary>What one end of a stream does with it.</summary>
internal sealed record StreamPlan
{
    /// <summary>Octets to send; those of <see cref="StreamOctets"/> from a place on.</summary>
    public long Sends { get; init; }

    /// <summary>Where its octets begin.</summary>
    public int SendsFrom { get; init; }

    /// <summary>Octets to be received.</summary>
    public long Expects { get; init; }

    /// <summary>Where those begin.</summary>
    public int ExpectsFrom { get; init; }

    /// <summary>The largest write, octets; each is drawn.</summary>
    public int LargestWrite { get; init; } = 20_000;

    /// <summary>How many octets a slow reader takes at once; 0 for one who takes what there is.</summary>
    public int ReadsAtOnce { get; init; }

    /// <summary>How long a slow reader then rests.</summary>
    public TimeSpan Rest { get; init; }

    /// <summary>Reads nothing before.</summary>
    public TimeSpan ReadsAfter { get; init; }

    /// <summary>Ends sending when it has read all that is expected, rather than as soon as it has sent all.</summary>
    public bool AnswersLast { get; init; }

    /// <summary>Keeps its side open when all is sent.</summary>
    public bool StaysOpen { get; init; }
}

/// <summary>Octets that streams are made of: known at each place, the same in every run.</summary>
internal static class StreamOctets
{
    private const int Period = 1 << 20;
    private static readonly byte[] Pattern = Make();

    public static ReadOnlySpan<byte> At(long place, int most)
    {
        int from = (int)(place % Period);
        return Pattern.AsSpan(from, Math.Min(most, Period - from));
    }

    private static byte[] Make()
    {
        byte[] octets = new byte[Period];
        new Random(1981).NextBytes(octets);
        return octets;
    }
}

/// <summary>The user of one end of a stream: writes, reads, checks each octet, and closes in order.</summary>
/// <remarks>All it does it does from the lab's scheduler and timers, by chance that follows from a seed.</remarks>
internal sealed class StreamEnd(string name, VirtualNetwork lab, NetworkStack stack, StreamPlan plan, int seed) : ITcpUser
{
    private readonly Random _chance = new(seed);
    private readonly byte[] _buffer = new byte[16 * 1024];
    private bool _isScheduled, _isShut, _rests;

    public Tcb? Connection { get; private set; }

    public StreamPlan Plan { get; set; } = plan;

    public long Sent { get; private set; }

    public long Received { get; private set; }

    /// <summary>The first error that it was told.</summary>
    public Errno Error { get; private set; }

    /// <summary>When it was told.</summary>
    public Timestamp FailedAt { get; private set; }

    /// <summary>It has seen the peer's end, ended itself, and closed.</summary>
    public bool IsClosed { get; private set; }

    public bool HasReadEnd { get; private set; }

    /// <summary>All octets that were expected came, and then the end.</summary>
    public bool IsWhole => HasReadEnd && Received == Plan.Expects && Error == Errno.Success;

    /// <summary>It has closed, or was told that the connection broke.</summary>
    public bool IsOver => IsClosed || Error != Errno.Success;

    /// <summary>Takes a connection. Gate held.</summary>
    public void Take(Tcb connection)
    {
        Connection = connection;
        connection.GiveTo(this);
        Wake();
    }

    void ITcpUser.OnNews(TcpNews news) => Wake();

    public void Wake()
    {
        if (_isScheduled) return;
        _isScheduled = true;
        lab.Scheduler.Schedule(static end => ((StreamEnd)end!).Run(), this);
    }

    public override string ToString() =>
        $"{name}: sent {Sent} of {Plan.Sends}, received {Received} of {Plan.Expects}{(HasReadEnd ? " and the end" : "")}, {Connection?.State}"
        + $"{(Connection is { IsGone: true } ? " gone" : "")}{(IsClosed ? " closed" : "")} {Error}"
        + $" una {Connection?.Snd.Una.Value - Connection?.Snd.Iss.Value} nxt {Connection?.Snd.Nxt.Value - Connection?.Snd.Iss.Value}"
        + $" wnd {Connection?.Snd.Wnd} rcv {Connection?.Rcv.Nxt.Value - Connection?.Rcv.Irs.Value}+{Connection?.Rcv.Wnd}"
        + $" cwnd {Connection?.Recovery.Window} in flight {Connection?.Recovery.InFlight} {Connection?.Recovery.State}"
        + $" timeouts {Connection?.Recovery.Timeouts} due {Connection?.Recovery.Due}";

    private void Run()
    {
        _isScheduled = false;
        if (IsClosed || Connection is not { } connection) return;
        using (stack.Core.Enter()) Work(connection, stack.Core.Now);
    }

    private void Work(Tcb connection, Timestamp now)
    {
        if (!_rests) Read(connection);
        if (connection.TakeError() is var error and not Errno.Success && Error == Errno.Success) (Error, FailedAt) = (error, now);
        Write(connection);
        bool maySayEnd = Sent == Plan.Sends && !Plan.StaysOpen && (!Plan.AnswersLast || Received == Plan.Expects);
        if (maySayEnd && !_isShut && (connection.IsWritable || connection.IsGone))
        {
            _isShut = true;
            connection.ShutdownSend();
        }

        if (Error == Errno.Success && !(_isShut && HasReadEnd)) return;
        IsClosed = true;
        connection.Close(now);
    }

    private void Read(Tcb connection)
    {
        if (Plan.ReadsAfter > TimeSpan.Zero)
        {
            RestFor(Plan.ReadsAfter);
            Plan = Plan with { ReadsAfter = TimeSpan.Zero };
            return;
        }

        int left = Plan.ReadsAtOnce == 0 ? int.MaxValue : Plan.ReadsAtOnce;
        while (left > 0 && connection.Received.Count > 0)
        {
            int read = connection.Read(_buffer.AsSpan(0, Math.Min(left, _chance.Next(1, _buffer.Length))), peek: false);
            if (read == 0) break;
            Check(_buffer.AsSpan(0, read));
            left -= read;
        }

        if (connection.Received.Count > 0) RestFor(Plan.Rest);
        else if (connection.IsReadEnded && connection.Error == Errno.Success) HasReadEnd = true;
    }

    private void RestFor(TimeSpan time)
    {
        _rests = true;
        lab.Clock.CreateTimer(
            static end =>
            {
                ((StreamEnd)end!)._rests = false;
                ((StreamEnd)end!).Wake();
            },
            this, time, Timeout.InfiniteTimeSpan);
    }

    private void Check(ReadOnlySpan<byte> octets)
    {
        Assert.True(Received + octets.Length <= Plan.Expects, $"{name} received more than was sent.");
        while (!octets.IsEmpty)
        {
            ReadOnlySpan<byte> expected = StreamOctets.At(Plan.ExpectsFrom + Received, octets.Length);
            Assert.True(octets[..expected.Length].SequenceEqual(expected), $"{name} received wrong octets after {Received}.");
            octets = octets[expected.Length..];
            Received += expected.Length;
        }
    }

    private void Write(Tcb connection)
    {
        while (Sent < Plan.Sends && connection.IsWritable)
        {
            int most = (int)Math.Min(Plan.Sends - Sent, _chance.Next(1, Plan.LargestWrite + 1));
            ReadOnlySpan<byte> octets = StreamOctets.At(Plan.SendsFrom + Sent, most);
            int taken = connection.Write(octets);
            Sent += taken;
            if (taken < octets.Length) return;
        }
    }
}
