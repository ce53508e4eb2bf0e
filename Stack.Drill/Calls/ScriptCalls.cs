using System.Globalization;
using UserNet.Drill.Language;
using UserNet.Drill.Machine;
using UserNet.Errors;

namespace UserNet.Drill.Calls;

/// <summary>
/// Makes the calls of a script: reads their arguments, gives descriptors the numbers that the script has for them, and compares what comes
/// back with what the script says.
/// </summary>
/// <remarks>One thread, that of the machine. What it does not know it does not do: <see cref="UnsupportedException"/> with the place.</remarks>
internal sealed partial class ScriptCalls
{
    private const int NeverOpen = 0x3FFF_FFFF;      // a descriptor that no process has: EBADF

    private readonly ICallContext _context;
    private readonly ConstantTable _constants;
    private readonly Dictionary<int, int> _live = [];                   // by the script's number
    private readonly Dictionary<int, SocketFacts> _sockets = [];        // by the live number
    private readonly List<int> _open = [];                              // live, in the order in which they were opened

    /// <summary>The calls of a script.</summary>
    /// <param name="context">Who plays it.</param>
    public ScriptCalls(ICallContext context)
    {
        _context = context;
        _constants = ConstantTable.Of(context.Profile);
    }

    private ISystem System => _context.Machine.System;

    private bool IsFreeBsd => _context.Profile == DrillProfile.FreeBsd;

    /// <summary>Is told the parts of what a call answers, as scripts write them; null for nobody.</summary>
    /// <remarks>
    /// "result" (with the name of an error), "value" and "length" of options and ioctl, "revents0" and on of poll, "events" of epoll_wait,
    /// "flags" and "control" of recvmsg.
    /// </remarks>
    public Action<string, string>? Observed { get; set; }

    /// <summary>What the system calls the descriptor that the script knows by a number; null when there is none.</summary>
    public int? LiveDescriptor(int script) => _live.TryGetValue(script, out int live) ? live : null;

    /// <summary>Makes a call.</summary>
    /// <param name="call">What is called, and the answer to come.</param>
    /// <returns>What differs, if anything.</returns>
    /// <exception cref="UnsupportedException">The call, or something in its arguments, is not known.</exception>
    public CallVerdict Play(SystemCall call)
    {
        var arguments = new CallArguments(call, _constants);
        _ = (arguments.Expected, arguments.ExpectedError);      // a name that nobody knows is told before anything happens
        try
        {
            return Dispatch(arguments with { Observed = Observed });
        }
        catch (UnsupportedException missing) when (missing.At == default)
        {
            throw new UnsupportedException(missing.Message, call.At);      // a system does not know where it was called
        }
    }

    /// <summary>Closes all that is open: the end of the script's process.</summary>
    public void CloseAll()
    {
        foreach (int live in _open) System.Close(live);
        _open.Clear();
        _live.Clear();
        _sockets.Clear();
    }

    private CallVerdict Dispatch(in CallArguments arguments) => arguments.Call.Name switch
    {
        "socket" => Socket(arguments),
        "bind" => Bind(arguments),
        "listen" => Listen(arguments),
        "accept" or "accept4" => Accept(arguments),
        "connect" => Connect(arguments),
        "close" => Close(arguments),
        "shutdown" => Shutdown(arguments),
        "getsockname" => GetName(arguments),
        "read" or "recv" or "recvfrom" => Read(arguments),
        "write" or "send" or "sendto" => Write(arguments),
        "readv" or "writev" => TransferParts(arguments),
        "sendmsg" => SendMessage(arguments),
        "recvmsg" => ReceiveMessage(arguments),
        "getsockopt" => GetOption(arguments),
        "setsockopt" => SetOption(arguments),
        "fcntl" => FileControl(arguments),
        "ioctl" => Control(arguments),
        "poll" => Poll(arguments),
        "epoll_create" or "epoll_create1" => EpollCreate(arguments),
        "epoll_ctl" => EpollControl(arguments),
        "epoll_wait" => EpollWait(arguments),
        "open" => Open(arguments),
        "pipe" => Pipe(arguments),
        "sendfile" => SendFile(arguments),
        "splice" => Splice(arguments),
        _ => throw new UnsupportedException($"system call {arguments.Call.Name}", arguments.Call.At),
    };

    /// <summary>The live number of the descriptor that an argument names.</summary>
    private int Descriptor(in CallArguments arguments, int index) => LiveDescriptor(arguments.Int(index)) ?? NeverOpen;

    private SocketFacts? FactsOf(int live) => _sockets.GetValueOrDefault(live);

    /// <summary>Compares what a call answered.</summary>
    private static CallVerdict Check(in CallArguments arguments, long answer)
    {
        arguments.Observed?.Invoke("result", AnswerText(Math.Max(answer, -1), answer < 0 ? (int)-answer : null));
        if (arguments.Expected is not { } expected) return default;
        int? error = arguments.ExpectedError;
        bool isSame = answer >= 0 ? answer == expected : expected == -1;
        if (!isSame) return new CallVerdict("result", AnswerText(expected, error), AnswerText(Math.Max(answer, -1), answer < 0 ? (int)-answer : null));
        if (answer >= 0 || error is null || error == -answer) return default;
        return new CallVerdict("errno", ConstantTable.ErrorName(error.Value), ConstantTable.ErrorName(-answer));
    }

    /// <summary>Compares what a call answered that makes a descriptor, and gives it the script's number.</summary>
    /// <returns>The script's number; null when the call made none, or none that the script has a number for.</returns>
    private CallVerdict CheckDescriptor(in CallArguments arguments, int answer, out int? script)
    {
        script = null;
        if (answer >= 0) _open.Add(answer);
        if (arguments.Expected is not { } expected) return default;
        if (answer < 0 || expected < 0) return Check(arguments, answer);
        if (!TryName((int)expected, answer)) return new CallVerdict("result", "a new descriptor", $"{expected}, which is open");
        script = (int)expected;
        return default;
    }

    private bool TryName(int script, int live) => _live.TryAdd(script, live);

    private static string AnswerText(long result, int? error) =>
        error is null ? result.ToString(CultureInfo.InvariantCulture) : $"{result} {ConstantTable.ErrorName(error.Value)}";

    private static bool Failed(int answer, Errno error) => answer == -(int)error;

    /// <summary>What is remembered of a socket.</summary>
    private sealed class SocketFacts
    {
        /// <summary>It is one of TCP.</summary>
        public bool IsStream { get; init; }

        /// <summary>It has a peer, or is about to.</summary>
        public bool HasBegun { get; set; }
    }
}
