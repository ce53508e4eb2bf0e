using System.Net.NetworkInformation;
using System.Net.Sockets;
using UserNet.Addressing;
using UserNet.Binding;

namespace UserNet.Tests.Binding.Model;

/// <summary>What a sequence starts from.</summary>
internal sealed record BindSetup(
    Personality Personality, int Seed, PortAlgorithm StreamBind, PortAlgorithm StreamConnect, PortAlgorithm Datagram,
    ReleasedPort Released, bool AutobindReuse)
{
    public static BindSetup Draw(Random random)
    {
        PortAlgorithm[] all = [.. Enum.GetValues<PortAlgorithm>().Where(static algorithm => algorithm != PortAlgorithm.Scripted)];
        Personality personality = Personality.All[random.Next(Personality.All.Count)];
        bool usual = random.Next(3) == 0;
        return new BindSetup(
            personality, random.Next(), usual ? personality.StreamBind : Any(), usual ? personality.StreamConnect : Any(),
            usual ? personality.Datagram : Any(), (ReleasedPort)random.Next(3), random.Next(4) == 0);

        PortAlgorithm Any() => all[random.Next(all.Length)];
    }

    public override string ToString() =>
        $"{Personality.Name}, seed {Seed}, {StreamBind}, {StreamConnect}, {Datagram}, released {Released}, autobind reuse {AutobindReuse}";

    public BindSettings Settings() => new(Personality)
    {
        StreamBind = StreamBind,
        StreamConnect = StreamConnect,
        Datagram = Datagram,
        ReleasedPort = Released,
        AutobindReuse = AutobindReuse,
        EphemeralPorts = new PortRange(Operation.Port(0), Operation.Port(6)),
    };
}

/// <summary>A sequence on the engine and on the model side by side; what they disagree on is an exception.</summary>
internal sealed partial class BindRun
{
    private readonly BindSettings _settings;
    private readonly BindTable _table;
    private readonly BindEngine _engine;
    private readonly BindModel _model;
    private readonly SocketBinding?[] _real = new SocketBinding?[Operation.Slots];
    private readonly ModelSocket?[] _plain = new ModelSocket?[Operation.Slots];
    private readonly List<ushort> _chosen = [];
    private readonly List<Operation> _played = [];

    public BindRun(BindSetup setup, ModelRules? rules = null)
    {
        _settings = setup.Settings();
        _table = new BindTable(setup.Personality, new Random(setup.Seed).NextBytes, _settings);
        _engine = new BindEngine(_table, new PlainRoutes());
        _model = new BindModel(rules ?? new ModelRules(setup.Personality), _settings);
    }

    /// <summary>The two disagree.</summary>
    public sealed class MismatchException(string message) : Exception(message);

    /// <summary>Every port that the engine chose.</summary>
    public IReadOnlyList<ushort> Chosen => _chosen;

    /// <summary>The steps so far, with the slots that they went to.</summary>
    public IReadOnlyList<Operation> Played => _played;

    /// <summary>What each kind of step was answered, and how often: a test of the test.</summary>
    public Dictionary<(OperationKind, BindRule), int> Answers { get; } = [];

    /// <summary>The first disagreement of a sequence, or null.</summary>
    public static string? Disagreement(BindSetup setup, IReadOnlyList<Operation> steps, Func<ModelRules>? rules = null) =>
        Disagreement(new BindRun(setup, rules?.Invoke()), steps);

    /// <summary>A failing sequence as short as it can be made, its steps bound to their slots.</summary>
    public static IReadOnlyList<Operation> Shrink(
        BindSetup setup, IReadOnlyList<Operation> failing, Func<ModelRules>? rules = null)
    {
        var run = new BindRun(setup, rules?.Invoke());
        Disagreement(run, failing);
        return Shrinker.Shrink(run.Played, tried => Disagreement(setup, tried, rules) is not null);
    }

    private static string? Disagreement(BindRun run, IReadOnlyList<Operation> steps)
    {
        try
        {
            run.Play(steps);
            return null;
        }
        catch (MismatchException e)
        {
            return e.Message;
        }
    }

    public void Play(IReadOnlyList<Operation> steps)
    {
        for (int i = 0; i < steps.Count; i++)
        {
            try
            {
                Step(steps[i]);
                CompareSockets();
            }
            catch (Exception e)
            {
                throw new MismatchException($"Step {i}, {steps[i]}: {e.GetType().Name}: {e.Message}\n{e.StackTrace}");
            }
        }

        EmptyOut();
    }

    private static void Expect<T>(T expected, T actual, string what)
    {
        if (!EqualityComparer<T>.Default.Equals(expected, actual))
            throw new MismatchException($"{what}: the model says {expected}, the engine {actual}");
    }

    private void Note(OperationKind kind, BindRule rule) =>
        Answers[(kind, rule)] = Answers.GetValueOrDefault((kind, rule)) + 1;

    private void CompareSockets()
    {
        Expect(_model.Holders.Count, _table.Count, "holders");
        for (int i = 0; i < Operation.Slots; i++)
        {
            if (_real[i] is not { } real || _plain[i] is not { } plain) continue;
            Expect(plain.Port, real.Port, $"port of {plain}");
            Expect(plain.State, real.State, $"state of {plain}");
            Expect(plain.Remote is not null, real.IsConnected, $"whether connected, {plain}");
            Expect(plain.Held is not null, real.IsHeld, $"whether held, {plain}");
            if (plain.Held is not { } held) continue;
            Expect(held.Address, real.Claim.Address, $"claimed address of {plain}");
            Expect((held.Ra, held.Rp, held.Ex, held.Device, held.Uid), TermsOf(real.Claim), $"terms of {plain}");
        }
    }

    private static (bool, bool, bool, uint, uint) TermsOf(in Claim claim) =>
        (claim.ReusesAddress, claim.ReusesPort, claim.IsExclusive, claim.Device, claim.Uid);

    /// <summary>Closes everything: then nothing may be left, in whichever set.</summary>
    private void EmptyOut()
    {
        for (int slot = 0; slot < Operation.Slots; slot++) Close(slot);
        Expect(0, _table.Count, "holders at the end");
        Expect(0, new TableSnapshot(_table).Rows.Count, "rows of the snapshot at the end");
        _settings.SetReservedPorts();
        var range = new PortRange(Operation.Port(0), (ushort)(Operation.Port(0) + 15));
        foreach (PortSpace space in _table.Spaces)
            foreach (Claim claim in EveryKindOfClaim())
                for (ushort port = range.First; port <= range.Last; port++)
                    if (!space.HasFreePort(claim, new PortRange(port, port)))
                        throw new MismatchException($"{space.Protocol} {port} is still taken for {claim}");
        foreach (Holder? none in FindAnything())
            if (none is not null) throw new MismatchException($"{none.Port} is still found");
    }

    private IEnumerable<Holder?> FindAnything()
    {
        for (int number = 0; number < 16; number++)
        {
            var step = new Operation(OperationKind.Find, 0, number, number * 2, number);
            foreach (PortSpace space in _table.Spaces)
                yield return space.Find(step.Destination.Address, Operation.Port(number), InetAddress.Parse("10.1.0.9"), 7000);
        }
    }

    private static IEnumerable<Claim> EveryKindOfClaim()
    {
        string[] addresses = ["0.0.0.0", "127.0.0.1", "10.1.0.1", "::", "::1", "::ffff:0.0.0.0", "::ffff:10.1.0.1", "2001:db8:1::1"];
        foreach (string text in addresses)
        {
            InetAddress address = InetAddress.Parse(text);
            yield return new Claim(address);
            if (address == InetAddress.AnyV6) yield return new Claim(address, v6Only: true);
        }
    }
}
