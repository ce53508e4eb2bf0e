using System.Diagnostics;
using UserNet.Tests.Binding.Model;

namespace UserNet.Tests.Parity.Calls;

/// <summary>What the C library and the POSIX face answered to each call of a sequence.</summary>
internal sealed record CallResult(IReadOnlyList<Call> Sequence, CallAnswer?[] Kernel, CallAnswer?[] Facade, int At)
{
    /// <summary>True when nothing differs.</summary>
    public bool IsDraw => At < 0;

    /// <summary>What differs, in short: of several like it one is enough.</summary>
    public string Signature => $"{Sequence[At].Kind} {Option(Sequence[At])} {Kernel[At]?.Value} {Facade[At]?.Value} {(Kernel[At]?.Value == Facade[At]?.Value && Sequence[At].Kind != CallKind.GetSockOpt ? Kernel[At] : null)}";

    private static string Short(CallAnswer? answer) => answer?.ToString() is not { } text ? "-" : text.Length < 300 ? text : $"{text[..200]}..{text[^80..]}";

    private static string Option(Call call) => call.Kind is CallKind.SetSockOpt or CallKind.GetSockOpt ? $"{call.A} {call.B}" : "";

    public override string ToString() => string.Join('\n', Sequence.Select((call, i) => i > At && At >= 0 ? "" :
        $"    {call}\n        kernel {Short(Kernel[i])}{(Kernel[i] == Facade[i] ? "" : $"\n        here   {Short(Facade[i])}   <--")}").Where(static line => line.Length > 0));
}

/// <summary>Plays sequences of calls on both sides, and reports the shortest ones that the two answer differently.</summary>
internal sealed class CallDuel
{
    private const int MostReported = 12, FirstPort = 20_000, LastPort = 32_000;

    private static readonly TimeSpan MostShrinking = TimeSpan.FromSeconds(3);

    private readonly KernelHost _host;
    private readonly UnixTree _tree;
    private readonly LibcCalls _kernel;
    private readonly Dictionary<string, int> _explained = [];
    private int _firstPort = FirstPort;

    private CallDuel(KernelHost host, UnixTree tree) => (_host, _tree, _kernel) = (host, tree, new LibcCalls(host, tree));

    /// <summary>How often each explained difference was seen.</summary>
    public IReadOnlyDictionary<string, int> Explained => _explained;

    /// <summary>Compares sequences until the number is reached, or enough differ.</summary>
    /// <param name="count">How many.</param>
    /// <param name="next">Makes the next one.</param>
    /// <param name="note">Told how often each explained difference was seen.</param>
    /// <returns>What differs, for people; empty when nothing does.</returns>
    public static IReadOnlyList<string> Run(int count, Func<IReadOnlyList<Call>> next, Action<string>? note = null)
    {
        var reports = new List<string>();
        var known = new HashSet<string>();
        KernelComparison.OnThreadOfItsOwn(() =>
        {
            using var host = new KernelHost();
            using var tree = new UnixTree();
            var duel = new CallDuel(host, tree);
            Prepare(host);
            try
            {
                for (int i = count; i > 0 && reports.Count < MostReported; i--)
                    if (duel.DifferenceIn(next()) is { } difference && known.Add(difference.Signature)) reports.Add(duel.Shrink(difference).ToString());
                note?.Invoke(string.Join("\n", duel._explained.OrderBy(static pair => pair.Key, StringComparer.Ordinal).Select(static pair => $"{pair.Key} {pair.Value}")));
            }
            finally
            {
                duel._kernel.Dispose();
            }
        });
        return reports;
    }

    /// <summary>Plays one sequence to its end on both sides, whatever differs, for a test of its own.</summary>
    public static CallResult Both(IReadOnlyList<Call> sequence)
    {
        CallResult? result = null;
        KernelComparison.OnThreadOfItsOwn(() =>
        {
            using var host = new KernelHost();
            using var tree = new UnixTree();
            var duel = new CallDuel(host, tree);
            Prepare(host);
            try
            {
                result = duel.Play(sequence, isPatient: false, toTheEnd: true);
            }
            finally
            {
                duel._kernel.Dispose();
            }
        });
        return result!;
    }

    private CallResult? DifferenceIn(IReadOnlyList<Call> sequence)
    {
        if (Play(sequence, isPatient: false).IsDraw) return null;
        CallResult result = Play(sequence, isPatient: true);
        return result.IsDraw ? null : result;
    }

    private CallResult Shrink(CallResult difference)
    {
        CallResult shortest = difference;
        var time = Stopwatch.StartNew();
        Shrinker.Shrink([.. difference.Sequence.Take(difference.At + 1)], fewer =>
        {
            if (time.Elapsed > MostShrinking || DifferenceIn(fewer) is not { } smaller) return false;
            shortest = smaller;
            return true;
        });
        return shortest;
    }

    private CallResult Play(IReadOnlyList<Call> sequence, bool isPatient, bool toTheEnd = false)
    {
        _firstPort += Ports.Named;
        if (_firstPort > LastPort)
        {
            _firstPort = FirstPort;
            _host.BeginAnew();
            Prepare(_host);
        }

        _kernel.IsPatient = isPatient;
        _kernel.Reset();
        bool hasFiles = sequence.Any(static call => call.Address is [1, 0, not 0, ..]);
        if (hasFiles) _tree.Renew();
        using var facade = new FacadeCalls(hasFiles);
        var kernelPlayer = new CallPlayer(_kernel, _firstPort);
        var facadePlayer = new CallPlayer(facade, _firstPort);
        var expected = new CallAnswer?[sequence.Count];
        var actual = new CallAnswer?[sequence.Count];
        // A connect that fails leaves Linux with the old peer's route and the new address, to which it then sends. That is not asked for.
        var lost = new HashSet<int>();
        for (int i = 0; i < sequence.Count; i++)
        {
            Call call = sequence[i];
            if (LibcCalls.IsLeftOut(kernelPlayer.DescriptorOf(call.Descriptor), call.Kind, call.Flags, call.Length)) continue;
            int named = kernelPlayer.DescriptorOf(call.Descriptor);
            if (IsSentToPeer(call) && lost.Contains(named)) continue;
            expected[i] = kernelPlayer.Play(call);
            if (call.Kind == CallKind.Connect && kernelPlayer.KindOf(call.Descriptor) is { Domain: 2, Type: 2, Protocol: not 1 } && expected[i] is { Value: < 0 }) lost.Add(named);
            else if (call.Kind is CallKind.Connect or CallKind.Close) lost.Remove(named);
            _kernel.Settle();
            actual[i] = PlayHere(facadePlayer, call);
            facade.Settle();
            if (toTheEnd || expected[i] == actual[i]) continue;
            if (expected[i] is { } kernel && actual[i] is { } here
                && new AnsweredCall(call, kernelPlayer.KindOf(call.Descriptor), kernel, here) is var seen && KnownDifferences.Find(seen) is { } why)
            {
                string key = IsOption(call) ? $"{why.Name} {seen.Socket} {call.A} {call.B}" : why.Name;
                _explained[key] = _explained.GetValueOrDefault(key) + 1;
                if (why.Ends(seen)) break;
                if (why == KnownDifferences.Protocols) kernelPlayer.Forget(call);
                continue;
            }

            _kernel.Reset();
            return new CallResult(sequence, expected, actual, i);
        }

        _kernel.Reset();
        return new CallResult(sequence, expected, actual, -1);
    }

    private static bool IsSentToPeer(Call call) =>
        call.Kind is CallKind.Send or CallKind.Write || (call.Kind is CallKind.SendTo or CallKind.SendMsg && (call.Address is null || call.AddressLength == 0));

    private static bool IsOption(Call call) => call.Kind is CallKind.SetSockOpt or CallKind.GetSockOpt;

    private static void Prepare(KernelHost host)
    {
        // Buffers do not go by the machine's memory, nor a send buffer's growth by its congestion control.
        (string Key, string Value)[] settings =
            [("net.ipv4.ping_group_range", "0 2147483647"), ("net.ipv4.tcp_rmem", "4096 131072 131072"), ("net.ipv4.tcp_wmem", "4096 16384 4194304"), ("net.ipv4.tcp_congestion_control", "reno")];
        foreach ((string key, string value) in settings)
            if (host.Sysctl(key, value) < 0) throw new InvalidOperationException($"{key} can't be set.");
    }

    private static CallAnswer PlayHere(CallPlayer player, Call call)
    {
        try
        {
            return player.Play(call);
        }
        catch (Exception thrown) when (thrown is not OutOfMemoryException)
        {
            return new CallAnswer(-9999, thrown.ToString());
        }
    }
}
