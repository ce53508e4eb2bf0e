using UserNet.Drill.Calls;
using UserNet.Drill.Language;
using UserNet.Drill.Machine;
using UserNet.Wire;

namespace UserNet.Drill.Running;

/// <summary>
/// Plays a script on a machine: one event after the other, each at its time. While a call waits, the machine comes back and the events
/// behind it are played until the call is over.
/// </summary>
/// <remarks>One thread, that of the machine. One play each. What differs from the script is thrown as a <see cref="DrillFailure"/>.</remarks>
internal sealed partial class Interpreter
{
    private const long Second = 1_000_000;
    private const long Patience = 2 * Second;       // how long a packet may be missing
    private const long CallPatience = Second;       // how long a call may wait when it is another's turn, or the script is over

    private static readonly Func<bool> Never = static () => false;

    private readonly Script _script;
    private readonly ScriptSettings _settings;
    private readonly IMachine _machine;
    private readonly ScriptClock _clock;
    private readonly SocketTable _sockets;
    private readonly PacketBuilder _builder;
    private readonly PacketComparer _comparer;
    private readonly PacketLog _log;
    private readonly ScriptCalls _calls;
    private readonly CodeRunner _code;
    private readonly List<string> _remarks = [];
    private readonly bool _refusesLeftOvers;
    private int _next;                  // the event that is next
    private Expectation? _expectation;  // what a line for a packet of the stack has so far; a call that returns interrupts it
    private WaitingCall? _call;         // the call that is being made
    private Exception? _thrown;         // out of an event that was played while a call waited

    /// <summary>Plays a script on a machine that is as it came up.</summary>
    public Interpreter(Script script, ScriptSettings settings, DrillOptions options, IMachine machine)
    {
        _script = script;
        _settings = settings;
        _machine = machine;
        _clock = new ScriptClock(settings);
        _sockets = new SocketTable(settings);
        _builder = new PacketBuilder(settings);
        _comparer = new PacketComparer(settings, options.IgnoresPush, options.IsStrict);
        _refusesLeftOvers = options.RefusesLeftOvers;
        _log = new PacketLog(options.Trace);
        _calls = new ScriptCalls(this);
        _code = new CodeRunner(this);
        machine.Meanwhile = WhileCallWaits;
    }

    /// <summary>The packets that passed, oldest first.</summary>
    public IReadOnlyList<string> Packets => _log.Lines;

    /// <summary>What the script's Python printed, and what was let pass.</summary>
    public IReadOnlyList<string> Remarks => [.. _code.Printed, .. _remarks];

    /// <summary>What time it is, microseconds.</summary>
    public long Now => _machine.Now;

    /// <summary>The event that was begun last; null before the first.</summary>
    public Position? At { get; private set; }

    /// <summary>Plays all events.</summary>
    /// <exception cref="DrillFailure">Something did not happen as the script says.</exception>
    /// <exception cref="UnsupportedException">The script asks for something that is not there.</exception>
    public void Play()
    {
        if (_script.Init is { } init) Command(init);
        _machine.StartClock();
        PlayUntil(Never);
        if (Record is { } record) RecordUntil(record, _machine.Now + record.Tail, Never);
        if (_refusesLeftOvers && At is { } at) RefuseLeftOvers(at);
    }

    /// <summary>Ends the script's process, and cleans up.</summary>
    /// <exception cref="DrillFailure">The command for it failed.</exception>
    public void CleanUp()
    {
        _machine.End();
        if (_script.CleanUp is { } command) Command(command);
    }

    /// <summary>Writes down what the stack sent and nobody waited for.</summary>
    public void LogLeftOvers()
    {
        while (_machine.TryTake(_machine.Now, Never, out SentPacket sent))
            if (SeenPacket.Parse(sent.Octets, sent.Time) is { } packet) _log.Add(packet, _sockets.Current, "not waited for");
    }

    private void PlayUntil(Func<bool> isOver)
    {
        while (_next < _script.Events.Count && !isOver()) Step(isOver);
    }

    // Plays one event; none when isOver came to hold before it was due.
    private void Step(Func<bool> isOver)
    {
        ScriptEvent next = _script.Events[_next];
        At = next.At;
        if (next is PacketEvent { Packet.IsInbound: false } expected)
        {
            Expect(expected, isOver);
            return;
        }
        bool isInbound = next is PacketEvent;
        long due = _clock.Resolve(next.Time, isInbound).Start;
        if (Record is { } record) RecordUntil(record, due, isOver);
        _machine.WaitUntil(due, isOver);
        if (isOver() || (next is CallEvent && !IsCallersTurn(next, isOver))) return;
        _next++;
        switch (next)
        {
            case PacketEvent packet: Inject(packet); break;
            case CallEvent call: Call(call, due); return;      // what came after it may have finished meanwhile
            case CommandEvent command: Command(command.Command); break;
            case CodeEvent code: Code(code); break;
            default: throw new UnsupportedException($"events of kind {next.GetType().Name}", next.At);
        }
        _clock.Finish(_machine.Now, due, isInbound);
    }

    private void Inject(PacketEvent next)
    {
        PacketSpec packet = next.Packet;
        SocketUnderTest? socket = packet.Body switch
        {
            TcpSpec segment => _sockets.ForInbound(segment),
            UdpSpec => _sockets.ForDatagram(),
            _ => _sockets.Current,
        };
        byte[] octets = _builder.Build(packet, socket);
        _log.Add(_machine.Now, packet);
        _machine.Inject(octets);
    }

    private void Command(CommandText command)
    {
        _log.Note(_machine.Now, $"`{command.Text}`", _settings.IsVerbose);
        if (_machine.Run(command) is { } error) throw new DrillFailure(command.At, "command", $"`{command.Text}`", error);
    }

    private void Code(CodeEvent next)
    {
        int? descriptor = _sockets.Current?.Descriptor is { } script ? _calls.LiveDescriptor(script) : null;
        _code.Snapshot(descriptor);
        int printed = _code.Printed.Count;
        CallVerdict verdict = _code.Run(next.Code);
        Record?.Answer(_next - 1, string.Join('\n', _code.Printed.Skip(printed)));
        if (verdict.Field is { } field && Record is null) throw new DrillFailure(next.At, field, verdict.Expected, verdict.Actual);
    }

    private void Differ(bool isLet, Position at, string field, string expected, string actual)
    {
        if (!isLet) throw new DrillFailure(at, field, expected, actual);
        _remarks.Add($"{at}: {field}: expected {expected}, got {actual}");
    }
}
