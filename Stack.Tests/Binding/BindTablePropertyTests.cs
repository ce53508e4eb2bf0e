using System.Net.Sockets;
using UserNet.Addressing;
using UserNet.Binding;
using UserNet.Sockets;
using UserNet.Tests.Binding.Model;
using Xunit;

namespace UserNet.Tests.Binding;

/// <summary>
/// The table and the engine against a model of them, a plain list of sockets, under random sequences of all that can be
/// done to them. What fails is made small before it is printed.
/// </summary>
public sealed class BindTablePropertyTests
{
    private const int Length = 250;

    [Fact]
    public void The_table_does_what_a_plain_list_of_sockets_would()
    {
        int sequences = TestSettings.Count(400, 4000);
        Random random = TestSettings.Random(101);
        var answers = new Dictionary<(OperationKind, BindRule), int>();
        for (int i = 0; i < sequences; i++)
        {
            BindSetup setup = BindSetup.Draw(random);
            Operation[] steps = Draw(random);
            var run = new BindRun(setup);
            try
            {
                run.Play(steps);
            }
            catch (BindRun.MismatchException)
            {
                Assert.Fail(Report(i, setup, steps));
            }

            foreach (((OperationKind, BindRule) answer, int count) in run.Answers) answers[answer] = answers.GetValueOrDefault(answer) + count;
        }

        AssertCovered(answers, sequences);
    }

    [Fact]
    public void The_same_seed_chooses_the_same_ports_and_another_seed_others()
    {
        Random random = TestSettings.Random(102);
        int chosen = 0, different = 0;
        for (int i = 0; i < 20; i++)
        {
            BindSetup setup = BindSetup.Draw(random) with { StreamBind = PortAlgorithm.SimpleRandom };
            Operation[] steps = Draw(random);
            IReadOnlyList<ushort> first = ChosenBy(setup, steps);
            Assert.Equal(first, ChosenBy(setup, steps));
            chosen += first.Count;
            if (!first.SequenceEqual(ChosenBy(setup with { Seed = setup.Seed + 1 }, steps))) different++;
        }

        Assert.True(chosen > 100, $"Only {chosen} ports were chosen.");
        Assert.True(different >= 18, $"Only {different} of 20 sequences differ under another seed.");
    }

    [Fact]
    public void A_listener_that_stops_leaves_its_SO_REUSEPORT_group()
    {
        NetworkStack stack = BindRig.Stack(Personality.Linux);
        NetworkSocket one = stack.OpenBound("tcp4", "10.1.0.1:5000", Sharing.ReusePort);
        NetworkSocket two = stack.OpenBound("tcp4", "10.1.0.1:5000", Sharing.ReusePort);
        one.Listen();
        two.Listen();
        one.Disconnect();
        for (ushort port = 7000; port < 7100; port++)
            Assert.Same(two, stack.FindReceiver(ProtocolType.Tcp, At("10.1.0.1:5000"), At($"10.1.0.9:{port}")));

        static InetEndpoint At(string text) => InetEndpoint.Parse(text);
    }

    // Proof that a wrong rule is found and told in few steps: two models that are wrong on purpose.
    [Theory]
    [InlineData(typeof(ListenersShare), 8)]
    [InlineData(typeof(ChoiceForgetsWildcards), 8)]
    public void A_wrong_rule_is_caught_and_told_in_few_steps(Type wrong, int mostSteps)
    {
        var random = new Random(103);      // how far a sequence shrinks is a matter of luck: always the same one
        BindSetup setup = BindSetup.Draw(random) with { Personality = Personality.Linux, AutobindReuse = false };
        for (int i = 0; i < 100; i++)
        {
            Operation[] steps = Draw(random);
            if (BindRun.Disagreement(setup, steps, Wrong) is null) continue;
            IReadOnlyList<Operation> small = BindRun.Shrink(setup, steps, Wrong);
            Assert.NotNull(BindRun.Disagreement(setup, small, Wrong));
            Assert.Null(BindRun.Disagreement(setup, small));
            Assert.True(small.Count <= mostSteps, $"{small.Count} steps are left:\n{string.Join('\n', small)}");
            return;
        }

        Assert.Fail($"{wrong.Name} was not caught.");

        ModelRules Wrong() => (ModelRules)Activator.CreateInstance(wrong, Personality.Linux)!;
    }

    [Fact]
    public void The_shrinker_leaves_what_is_needed_and_no_more()
    {
        Random random = TestSettings.Random(104);
        for (int i = 0; i < 50; i++)
        {
            int[] numbers = [.. Enumerable.Range(0, 1 + random.Next(300))];
            int[] needed = [.. numbers.Where(_ => random.Next(40) == 0)];
            IReadOnlyList<int> small = Shrinker.Shrink(numbers, tried => needed.All(tried.Contains));
            Assert.Equal(needed, small);
        }
    }

    /// <summary>Wrong: SO_REUSEADDR on both sides shares with a listener too.</summary>
    private sealed class ListenersShare(Personality personality) : ModelRules(personality)
    {
        protected override bool LinuxStreamShares(ModelSocket holder, ModelTerms asking) =>
            (asking.Ra && holder.Held!.Ra) || base.LinuxStreamShares(holder, asking);
    }

    /// <summary>Wrong: a port that a wildcard holds is free for an automatic choice.</summary>
    private sealed class ChoiceForgetsWildcards(Personality personality) : ModelRules(personality)
    {
        public override bool TakesFromChoice(ModelSocket holder, ModelTerms asking, bool isStream, bool relaxed) =>
            !holder.Held!.IsWild && base.TakesFromChoice(holder, asking, isStream, relaxed);
    }

    private static Operation[] Draw(Random random)
    {
        var steps = new Operation[Length];
        for (int i = 0; i < steps.Length; i++) steps[i] = Operation.Draw(random);
        return steps;
    }

    private static IReadOnlyList<ushort> ChosenBy(BindSetup setup, Operation[] steps)
    {
        var run = new BindRun(setup);
        run.Play(steps);
        return run.Chosen;
    }

    private static string Report(int sequence, BindSetup setup, Operation[] steps)
    {
        IReadOnlyList<Operation> small = BindRun.Shrink(setup, steps);
        return $"USERNET_SEED=0x{TestSettings.Seed:x8}, sequence {sequence}, {setup}:\n" +
            $"{string.Join('\n', small)}\n{BindRun.Disagreement(setup, small)}";
    }

    /// <summary>
    /// A random test that never gets anywhere passes too: every interesting answer must have come up.
    /// </summary>
    private static void AssertCovered(Dictionary<(OperationKind, BindRule), int> answers, int sequences)
    {
        (OperationKind, BindRule)[] wanted =
        [
            (OperationKind.Bind, BindRule.Granted), (OperationKind.Bind, BindRule.InUse), (OperationKind.Bind, BindRule.SharingDenied),
            (OperationKind.Bind, BindRule.Exhausted), (OperationKind.Bind, BindRule.AlreadyBound),
            (OperationKind.Bind, BindRule.MappedOnV6Only), (OperationKind.Listen, BindRule.Granted),
            (OperationKind.Listen, BindRule.InUse), (OperationKind.Listen, BindRule.NotBound),
            (OperationKind.ConnectDatagram, BindRule.Granted), (OperationKind.ConnectDatagram, BindRule.ExhaustedByDatagram),
            (OperationKind.ConnectAny, BindRule.Granted), (OperationKind.ConnectAny, BindRule.ExhaustedByConnect),
            (OperationKind.ConnectBound, BindRule.Granted), (OperationKind.Accept, BindRule.Granted),
            (OperationKind.Accept, BindRule.TupleInUse), (OperationKind.Find, BindRule.Granted),
        ];
        string seen = string.Join('\n', answers.OrderBy(static entry => entry.Key).Select(static entry => $"{entry.Key}: {entry.Value}"));
        TestContext.Current.TestOutputHelper?.WriteLine(seen);
        foreach ((OperationKind, BindRule) answer in wanted)
        {
            int count = answers.GetValueOrDefault(answer);
            Assert.True(count >= sequences / 40, $"{answer} came up {count} times only.");
        }
    }
}
