using UserNet.Time;

namespace UserNet.Simulation;

/// <summary>A fault and the link or host that it is for.</summary>
internal sealed class FaultInForce(VirtualNetwork network, Fault fault, long order)
{
    private ITimer? _flapping;
    private Timestamp _turn;      // when flapping changes next
    private VirtualPartition? _partition;

    public Fault Fault => fault;

    /// <summary>Which of those that hold at once is looked at first.</summary>
    public long Order => order;

    public VirtualLink? Link { get; } = fault.IsOfLink ? network.Link(fault.Target) : null;

    public VirtualHost? Host { get; } = fault.IsOfHost ? network.Host(fault.Target) : null;

    public IReadOnlyList<IReadOnlyList<VirtualHost>> Groups { get; } =
        [.. fault.Groups.Select(group => (IReadOnlyList<VirtualHost>)[.. group.Select(network.Host)])];

    public bool HasBegun { get; private set; }

    /// <summary>True for what cuts its link now.</summary>
    public bool Cuts { get; private set; }

    /// <summary>It holds from now on; <see cref="Refresh"/> has it take effect.</summary>
    public void Begin()
    {
        HasBegun = true;
        Cuts = fault.Kind is FaultKind.Down or FaultKind.Flap;
        network.Note(Where, $"fault begins: {fault.What}");
        if (fault.Kind == FaultKind.Flap) BeginFlapping();
        Link?.Add(this);
        Host?.Add(fault);
        if (Groups.Count > 0) _partition = network.Separate(Groups);
    }

    /// <summary>It no longer holds.</summary>
    public void End()
    {
        if (!HasBegun) return;
        HasBegun = Cuts = false;
        _flapping?.Dispose();
        network.Note(Where, $"fault is over: {fault.What}");
        Link?.Remove(this);
        Host?.Remove(fault);
        _partition?.Heal();
    }

    /// <summary>The link or host is as it must be after what began and ended.</summary>
    public void Refresh()
    {
        Link?.Refresh();
        Host?.Refresh();
    }

    private string Where => Link?.Name ?? Host?.Name ?? "the network";

    // It may have begun long ago, before it was applied.
    private void BeginFlapping()
    {
        Timestamp now = network.Clock.Now;
        long since = now.Ticks - fault.Begin.Ticks, periods = since / fault.Time.Ticks;
        var start = Timestamp.FromStart(fault.Begin + (periods * fault.Time));
        Cuts = now < start + fault.TimeDown;
        _turn = Cuts ? start + fault.TimeDown : start + fault.Time;
        _flapping = network.Clock.CreateTimer(
            static flap => ((FaultInForce)flap!).Turn(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        SetTimer();
    }

    private void Turn()
    {
        Cuts = !Cuts;
        _turn += Cuts ? fault.TimeDown : fault.Time - fault.TimeDown;
        network.Note(Where, Cuts ? "flaps: down" : "flaps: up");
        SetTimer();
        Refresh();
    }

    private void SetTimer()
    {
        if (fault.End is { } end && _turn >= Timestamp.FromStart(end)) return;
        _flapping!.Change(_turn - network.Clock.Now, Timeout.InfiniteTimeSpan);
    }
}
