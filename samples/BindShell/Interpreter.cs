using System.Globalization;
using UserNet.Addressing;

namespace UserNet.Samples.BindShell;

/// <summary>Carries out the steps of one script on fresh hosts and says what came of each.</summary>
/// <param name="world">The hosts; they belong to whoever made them.</param>
/// <param name="explains">Whether to say why, where a host can.</param>
/// <param name="showsNumbers">Whether ports of the ephemeral range are shown as numbers, or as EPH.</param>
/// <param name="firstPort">The number of the first port that a script gives a name.</param>
public sealed partial class Interpreter(
    IScriptWorld world, bool explains = false, bool showsNumbers = false, ushort firstPort = PortNames.First)
{
    private const int BadDescriptor = 9999, LowPort = 80;

    private readonly Dictionary<string, Socket> _sockets = [];
    private readonly List<Socket> _inOrder = [];
    private readonly PortNames _ports = new(showsNumbers, firstPort);
    private char _host = 'A';
    private string? _explanation;
    private bool _isRefused;

    private sealed record Socket(string Name, int Descriptor, char Host, bool IsV6);

    private IScriptHost Host => world[_host];

    /// <summary>Carries out a step.</summary>
    /// <exception cref="ScriptException">
    /// The step makes no sense here: no such socket, interface or setting.
    /// </exception>
    public StepResult Run(ScriptStep step)
    {
        Verb verb = Verbs.Find(step.Subject is null ? Verbs.OfHost : Verbs.OfSocket, step.Verb.Text)!;
        _explanation = null;
        _isRefused = false;
        try
        {
            string? text = step.Subject is null ? RunOnHost(step) : step.Verb.Text == "=" ? Open(step) : RunOnSocket(step);
            world.Settle();
            return text is null ? new StepResult("skipped: the hosts can't do this") { IsSkipped = true } : new StepResult(text, _isRefused, _explanation);
        }
        catch (FormatException wrong)
        {
            throw new ScriptException(step.Arguments.Count == 0 ? step.Verb : step.Arguments[0], wrong.Message);
        }
    }

    private string? RunOnHost(ScriptStep step)
    {
        switch (step.Verb.Text)
        {
            case "user": return BecomeUser((uint)Number(step, 0));
            case "ns": _host = step[0]![0]; return "ok";
            case "ip": return Answer(Host.Ip(string.Join(' ', step.Arguments.Select(static word => word.Text))));
            case "sysctl":
                return Answer(Host.Sysctl(step[0]!, string.Join(' ', step.Arguments.Skip(1).Select(ValueOfSetting))));
            case "deliver": return Deliver(step);
            case "sleep":
                world.Sleep(TimeSpan.FromSeconds(double.Parse(step[0]!, CultureInfo.InvariantCulture)));
                return "ok";
            case "explain":
                Socket socket = Find(step.Arguments[0], step[0]!);
                byte[] octets = Endpoints.Write(step[1]!, PortOf(step.Arguments[2]), HostOf(socket), out int length);
                return (HostOf(socket) as IExplainingHost)?.ExplainBind(socket.Descriptor, octets, length) ?? "this host explains nothing.";
            case "ss": return (Host as IExplainingHost)?.Snapshot().TrimEnd() ?? "this host shows nothing.";
            default: throw new InvalidOperationException($"The verb {step.Verb.Text} has no meaning.");
        }
    }

    private string BecomeUser(uint uid)
    {
        world['A'].BecomeUser(uid);
        world['B'].BecomeUser(uid);
        return "ok";
    }

    private string Open(ScriptStep step)
    {
        string kind = step[0]!;
        int descriptor = kind switch
        {
            "badfd" => BadDescriptor,
            "pipe" => Host.Pipe(),
            _ => Host.Socket(kind.EndsWith('6') ? 10 : 2, kind.StartsWith("tcp", StringComparison.Ordinal) ? 1 : 2),
        };
        if (descriptor < 0) return Answer(descriptor);
        return Name(new Socket(step.Subject!, descriptor, _host, kind.EndsWith('6')));
    }

    private string? RunOnSocket(ScriptStep step)
    {
        Socket socket = Find(step.Verb, step.Subject!);
        switch (step.Verb.Text)
        {
            case "bind" or "bindlen" or "bindnull" or "bindfam" or "bindx": return Bind(socket, step);
            case "listen": return Listen(socket, step.Arguments.Count == 0 ? 8 : Number(step, 0));
            case "connect" or "connectnb" or "connectb": return Connect(socket, step);
            case "unspec":
                return Answer(HostOf(socket).Connect(socket.Descriptor, new byte[16], 16, waits: false));
            case "shut": return Answer(HostOf(socket).Shutdown(socket.Descriptor, step[0] switch { "rd" => 0, "wr" => 1, _ => 2 }));
            case "close":
                _inOrder.Remove(socket);
                _sockets.Remove(socket.Name);
                return Answer(HostOf(socket).Close(socket.Descriptor));
            case "chown": return Answer(HostOf(socket).ChangeOwner(socket.Descriptor, (uint)Number(step, 0)));
            case "name" or "peer" or "port" or "parity": return Name(socket, step.Verb.Text);
            case "accept": return Accept(socket, step[1]!);
            case "pending": return HostOf(socket).Poll(socket.Descriptor, toWrite: false) == 1 ? "yes" : "no";
            case "state": return State(socket);
            case "send" or "sendto": return Send(socket, step);
            case "from" or "recv" or "peek": return Receive(socket, step);
            case "join" or "leave": return ChangeMembership(socket, step);
            default:
                return step.Verb.Text.StartsWith("get", StringComparison.Ordinal) || step.Verb.Text == "err"
                    ? GetOption(socket, step.Verb.Text) : SetOption(socket, step);
        }
    }

    private string Listen(Socket socket, int backlog)
    {
        string? why = explains ? (HostOf(socket) as IExplainingHost)?.ExplainListen(socket.Descriptor) : null;
        int answer = HostOf(socket).Listen(socket.Descriptor, backlog);
        return Answer(answer, why);
    }

    private string Name(Socket socket, string verb)
    {
        byte[] octets = new byte[128];
        int length = octets.Length;
        int answer = HostOf(socket).Name(socket.Descriptor, verb == "peer", octets, ref length);
        if (answer < 0) return Answer(answer);
        InetEndpoint endpoint = Endpoints.Read(octets, length);
        if (verb == "port") return _ports.Show(endpoint.Port);
        if (verb == "parity") return (endpoint.Port & 1).ToString(CultureInfo.InvariantCulture);
        return Show(endpoint, socket);
    }

    private string Show(in InetEndpoint endpoint, Socket socket)
    {
        string scope = endpoint.ScopeId == 0
            ? ""
            : "%" + (HostOf(socket).NameOf(endpoint.ScopeId) ?? $"{endpoint.ScopeId}");
        return $"{endpoint.Address}{scope} {_ports.Show(endpoint.Port)}";
    }

    private string? Deliver(ScriptStep step)
    {
        char from = step[0]![0];
        InetEndpoint source = Endpoints.Parse(step[1]!, PortOf(step.Arguments[2]), world[from]);
        InetEndpoint destination = Endpoints.Parse(step[3]!, PortOf(step.Arguments[4]), world[from]);
        Delivery? delivery = world.Deliver(from, source, destination);
        if (delivery is null) return null;
        string[] names = [.. _inOrder.Where(s => s.Host == delivery.Host && delivery.Descriptors.Contains(s.Descriptor)).Select(s => s.Name)];
        return names.Length == 0 ? "none" : string.Join(delivery.IsByChance ? '|' : '+', names);
    }

    private string Answer(int answer, string? why = null)
    {
        if (answer >= 0) return "ok";
        _isRefused = true;
        string code = Host.CodeOf(answer);
        if (explains) _explanation = why ?? Reasons.Of(code);
        return code;
    }

    private Socket Find(in Word word, string name) => _sockets.TryGetValue(name, out Socket? socket)
        ? socket : throw new ScriptException(word, $"there is no socket {name}.");

    private IScriptHost HostOf(Socket socket) => world[socket.Host];

    private static int Number(ScriptStep step, int index) =>
        int.Parse(step[index]!, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);

    /// <summary>A word of a setting; the name of a port stands for its number.</summary>
    private string ValueOfSetting(Word word) => ScriptParser.IsSymbol(word.Text)
        ? _ports.Number(word.Text).ToString(CultureInfo.InvariantCulture) : word.Text;

    private ushort PortOf(in Word word)
    {
        if (word.Text[0] != '=') return _ports.Number(word.Text);
        Socket socket = Find(word, word.Text[1..]);
        byte[] octets = new byte[128];
        int length = octets.Length;
        return HostOf(socket).Name(socket.Descriptor, false, octets, ref length) < 0
            ? (ushort)0
            : Endpoints.Read(octets, length).Port;
    }
}
