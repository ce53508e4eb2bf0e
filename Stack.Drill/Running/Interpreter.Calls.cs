using System.Net;
using System.Net.Sockets;
using UserNet.Drill.Calls;
using UserNet.Drill.Language;
using UserNet.Drill.Machine;
using static System.Buffers.Binary.BinaryPrimitives;

namespace UserNet.Drill.Running;

/// <content>Calls, those that wait among them, and what they tell of sockets.</content>
internal sealed partial class Interpreter : ICallContext
{
    private const long LiveLatency = 200_000;      // what a kernel's call may take that does not wait

    IMachine ICallContext.Machine => _machine;

    DrillProfile ICallContext.Profile => _settings.Profile;

    DrillIpVersion ICallContext.IpVersion => _settings.IpVersion;

    long ICallContext.ToleranceMicroseconds => _settings.ToleranceMicroseconds;

    byte[] ICallContext.BindAddress => AddressOf(_settings.Addresses.Local, _settings.BindPort);

    byte[] ICallContext.ConnectAddress => AddressOf(_settings.Addresses.Remote, _settings.ConnectPort);

    void ICallContext.OnSocket(int descriptor) => _sockets.OnSocket(descriptor);

    void ICallContext.OnListen(int descriptor) => _sockets.OnListen(descriptor);

    void ICallContext.OnConnect(int descriptor) => _sockets.OnConnect(descriptor);

    void ICallContext.OnDisconnect(int descriptor) => _sockets.OnDisconnect(descriptor);

    void ICallContext.OnAccept(int listener, int descriptor) => _sockets.OnAccept(descriptor);

    void ICallContext.OnClose(int descriptor) => _sockets.OnClose(descriptor);

    // A call comes when the one before it is over; false when that ended meanwhile, and whoever made it is to take up again.
    private bool IsCallersTurn(ScriptEvent next, Func<bool> isOver)
    {
        if (_call is not { } before) return true;
        _machine.WaitUntil(_machine.Now + CallPatience, isOver);
        if (isOver()) return false;
        throw new DrillFailure(next.At, "blocked", $"{before.Event.Call.Name} at {before.Event.At} is over", "it still waits");
    }

    private void Call(CallEvent next, long due)
    {
        int index = _next - 1;
        _log.Note(_machine.Now, $"{next.Call.Name}(...)", _settings.IsVerbose);
        var call = new WaitingCall(next, due, next.ReturnsAt is { } end ? _clock.Resolve(end).Start : null);
        _call = call;
        CallVerdict verdict;
        Observe(index);
        try
        {
            verdict = _calls.Play(next.Call);
        }
        finally
        {
            _call = null;
        }
        if (_thrown is { } thrown) throw thrown;
        if (!call.HasWaited) _clock.Finish(_machine.Now, due);
        if (verdict.Field is not null && Record is { } record)
            record.Answer(index, verdict.Actual);
        else if (verdict.Field is { } field)
            Differ(_settings.LetsCallsDiffer, next.At, field, $"{next.Call.Name}: {verdict.Expected}", $"{next.Call.Name}: {verdict.Actual}");
        else
            CheckEnd(call);
        if (call.ReturnsAt is not null) Record?.Return(index, _machine.Now);
    }

    private void CheckEnd(WaitingCall call)
    {
        if (call.ReturnsAt is not { } end || Record is not null) return;
        long now = _machine.Now, tolerance = _clock.ToleranceOver(end - call.Due);
        if (Math.Abs(now - end) <= tolerance) return;
        string name = call.Event.Call.Name;
        Differ(
            _settings.LetsCallsDiffer, call.Event.At, "time", $"{name} returns at {TimeText(end, end, tolerance)}",
            $"{name} returned at {PacketText.Seconds(now)}");
    }

    // The machine asks what happens while a call waits.
    private void WhileCallWaits(Func<bool> isDone)
    {
        try
        {
            PlayWhile(isDone);
        }
        catch (Exception thrown)
        {
            _thrown ??= thrown;      // whatever the machine and the call make of it, it ends the play
            throw;
        }
    }

    private void PlayWhile(Func<bool> isDone)
    {
        if (_call is not { } call)
        {
            // A call that the script does not make: a command, a look at TCP_INFO, the end of it all.
            _machine.WaitUntil(_machine.Now + CallPatience, isDone);
            if (!isDone()) throw new InvalidOperationException("A call that the script does not make waits.");
            return;
        }
        string name = call.Event.Call.Name;
        if (call.Event.ReturnsAt is null)
        {
            _machine.WaitUntil(_machine.Now + (_machine.IsLive ? LiveLatency : 0), isDone);
            if (!isDone()) throw new DrillFailure(call.Event.At, "blocked", $"{name} returns at once", $"{name} waits");
            return;
        }
        if (!call.HasWaited) _clock.Finish(_machine.Now, call.Due);
        call.HasWaited = true;
        PlayUntil(isDone);
        if (isDone()) return;
        _machine.WaitUntil(_machine.Now + (Record?.Tail ?? CallPatience), isDone);
        if (!isDone()) throw new DrillFailure(call.Event.At, "blocked", $"{name} returns before the script ends", $"{name} waits");
    }

    // A sockaddr as Linux lays it out, of the sockets' family.
    private byte[] AddressOf(IPAddress address, ushort port)
    {
        if (_settings.IpVersion == DrillIpVersion.IPv4)
        {
            byte[] octets = new byte[16];
            WriteUInt16LittleEndian(octets, (ushort)AddressFamily.InterNetwork);
            WriteUInt16BigEndian(octets.AsSpan(2), port);
            address.TryWriteBytes(octets.AsSpan(4), out _);
            return octets;
        }
        const ushort family = 10;      // AF_INET6, whose number differs from .NET's
        byte[] octets6 = new byte[28];
        WriteUInt16LittleEndian(octets6, family);
        WriteUInt16BigEndian(octets6.AsSpan(2), port);
        address.MapToIPv6().TryWriteBytes(octets6.AsSpan(8), out _);
        return octets6;
    }

    /// <summary>A call that is being made.</summary>
    private sealed class WaitingCall(CallEvent call, long due, long? returnsAt)
    {
        public CallEvent Event => call;

        /// <summary>When it was due.</summary>
        public long Due => due;

        /// <summary>When it is to return; null for at once.</summary>
        public long? ReturnsAt => returnsAt;

        /// <summary>The events behind it were played while it waited.</summary>
        public bool HasWaited { get; set; }
    }
}
