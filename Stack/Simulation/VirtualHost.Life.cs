using UserNet.Ip;

namespace UserNet.Simulation;

// Boots, pauses, crashes.
public sealed partial class VirtualHost
{
    private readonly List<(Func<VirtualHost, Task> Program, string Name)> _programs = [];
    private NetworkStack? _stack;

    /// <summary>The stack that is up.</summary>
    /// <exception cref="InvalidOperationException">The host is down.</exception>
    public NetworkStack Stack => _stack ?? throw new InvalidOperationException($"{Name} is down.");

    /// <summary>True unless it crashed and was not restarted.</summary>
    public bool IsUp => _stack is not null;

    /// <summary>True while it does nothing: frames wait, timers are late, programs stand still.</summary>
    public bool IsPaused { get; private set; }

    /// <summary>How often it was started, 1 after <see cref="VirtualNetwork.AddHost"/>.</summary>
    public int BootCount { get; private set; }

    /// <summary>Frames that came while it was paused and its ring was full.</summary>
    public long FramesMissed { get; internal set; }

    /// <summary>Where its programs and its sockets' continuations run; another one after each restart.</summary>
    public VirtualScheduler Scheduler { get; private set; } = null!;

    /// <summary>
    /// Starts a program on the host. It ends, wherever it stands, when the host crashes; what it throws comes out of
    /// the run.
    /// </summary>
    /// <param name="program">What it does.</param>
    /// <param name="name">What it is called in reports.</param>
    /// <returns>Its end, which never comes when the host crashes first.</returns>
    /// <exception cref="InvalidOperationException">The host is down.</exception>
    public Task Start(Func<VirtualHost, Task> program, string name = "a program")
    {
        ArgumentNullException.ThrowIfNull(program);
        _network.CheckCall();
        if (!IsUp) throw new InvalidOperationException($"{Name} is down.");
        return _network.Start(Scheduler, () => program(this), $"{Name}: {name}");
    }

    /// <summary>Starts a program now, and again after each restart.</summary>
    /// <inheritdoc cref="Start"/>
    public void OnBoot(Func<VirtualHost, Task> program, string name = "a program")
    {
        ArgumentNullException.ThrowIfNull(program);
        _network.CheckCall();
        _programs.Add((program, name));
        if (IsUp) _ = Start(program, name);
    }

    /// <summary>
    /// Stops the host as a stopped process is: what arrives waits, up to a card's ring, and timers fire late. Its clock
    /// goes on. Twice does nothing.
    /// </summary>
    /// <exception cref="InvalidOperationException">The host is down.</exception>
    public void Pause()
    {
        _network.CheckCall();
        if (!IsUp) throw new InvalidOperationException($"{Name} is down.");
        if (IsPaused) return;
        IsPaused = true;
        foreach (Interface entry in _interfaces) entry.Port.IsHeld = true;
        Clock.Hold();
        Scheduler.Hold();
        _network.Note(Name, "paused");
    }

    /// <summary>Goes on: late timers fire, what waited arrives, programs run. Nothing where it was not paused.</summary>
    public void Resume()
    {
        _network.CheckCall();
        if (!IsPaused) return;
        IsPaused = false;
        _network.Note(Name, "resumed");
        Clock.Release();
        foreach (Interface entry in _interfaces) entry.Port.Release();
        Scheduler.Release();
    }

    /// <summary>
    /// Ends the host without a word on its wires: sockets, connections, TIME-WAIT, timers and programs are gone. Twice
    /// does nothing.
    /// </summary>
    public void Crash()
    {
        _network.CheckCall();
        if (!IsUp) return;
        _network.Note(Name, "crashed");
        Halt();
    }

    /// <summary>
    /// Boots the host, which crashes first if it is up: the same interfaces and routes, other chance, no sockets.
    /// </summary>
    /// <remarks>What a change of settings throws comes out here; the host is down then.</remarks>
    public void Restart()
    {
        _network.CheckCall();
        Crash();
        _network.Note(Name, "restarted");
        Boot();
        foreach ((Func<VirtualHost, Task> program, string name) in _programs) _ = Start(program, name);
    }

    internal void Halt()
    {
        if (_stack is not { } stack) return;
        Scheduler.Kill();
        _network.ForgetPrograms(Scheduler);
        foreach (Interface entry in _interfaces) entry.Port.Detach();      // before anything can be said
        IsPaused = false;
        stack.Halt();
        Clock.Reset();
        _stack = null;
    }

    private void Boot()
    {
        BootCount++;
        Scheduler = new VirtualScheduler(_network, Name);
        _stack = new NetworkStack(new NetworkStackOptions
        {
            TimeProvider = Clock,
            Scheduler = Scheduler,
            Randomness = _network.Randomness($"host {Name}"),
            Personality = _options.Personality,
            Tcp = _options.Tcp,
            Settings = _options.Settings,
        });
        bool isBooted = false;
        try
        {
            if (_options.Forwards) _stack.Configure(static stack => ((HostAddressing)stack.Routes).InputSettings.Forwards = true);
            foreach (Interface entry in _interfaces) Attach(entry);
            foreach (Action<NetworkStack> change in _settings) _stack.Configure(change);
            isBooted = true;
        }
        finally
        {
            if (!isBooted) Halt();
        }
    }
}
