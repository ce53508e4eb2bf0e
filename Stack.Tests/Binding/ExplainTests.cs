using System.Net.Sockets;
using UserNet.Addressing;
using UserNet.Binding;
using UserNet.Sockets;
using Xunit;

namespace UserNet.Tests.Binding;

/// <summary>
/// Explanations: each remedy that one names is applied to fresh sockets, and must work; and asking changes nothing.
/// </summary>
public sealed class ExplainTests
{
    private static readonly PortRange Few = new(5000, 5002);

    /// <summary>One socket of a scene, to be opened anew as often as it takes.</summary>
    private sealed record Entry(string Kind, string Address, int Port, Sharing Sharing, uint Uid, bool? V6Only, bool Listens)
    {
        public InetEndpoint Endpoint => new(InetAddress.Parse(Address), (ushort)Port);

        public bool IsStream => Kind.StartsWith("tcp", StringComparison.Ordinal);

        public NetworkSocket Open(NetworkStack stack) => stack.Open(Kind, Sharing, Uid, V6Only);

        public static Entry Draw(Random random, Personality personality)
        {
            string[] v4 = ["0.0.0.0", "10.1.0.1", "10.1.0.2"], v6 = ["::", "2001:db8:1::1", "::ffff:10.1.0.1", "::ffff:0.0.0.0"];
            bool isV6 = random.Next(2) == 0;
            Sharing sharing = Sharing.None;
            if (random.Next(3) == 0) sharing |= Sharing.ReuseAddress;
            else if (personality.HasExclusive && random.Next(3) == 0) sharing |= Sharing.Exclusive;
            if (personality.HasReusePort && random.Next(3) == 0) sharing |= Sharing.ReusePort;
            string address = isV6 ? v6[random.Next(v6.Length)] : v4[random.Next(v4.Length)];
            bool? v6Only = !isV6 ? null : !address.StartsWith("::ffff", StringComparison.Ordinal) && random.Next(3) == 0;
            int port = random.Next(4) == 0 ? 0 : Few.First + random.Next(Few.Count);
            string kind = (random.Next(2) == 0 ? "tcp" : "udp") + (isV6 ? '6' : '4');
            return new Entry(kind, address, port, sharing, random.Next(3) == 0 ? 1001u : 0, v6Only, random.Next(4) == 0);
        }
    }

    [Theory]
    [InlineData("Linux")]
    [InlineData("Posix")]
    [InlineData("Windows")]
    [InlineData("WindowsKernel")]
    public void Each_remedy_that_is_named_works(string name)
    {
        Personality personality = Personality.All.First(other => other.Name == name);
        Random random = TestSettings.Random(601);
        var tried = new Dictionary<Remedy, int>();
        int refusals = 0;
        for (int round = 0; round < TestSettings.Count(800, 8000); round++)
        {
            Entry[] scene = [.. Enumerable.Range(0, 1 + random.Next(8)).Select(_ => Entry.Draw(random, personality))];
            Entry newcomer = Entry.Draw(random, personality);
            NetworkStack stack = Build(personality, scene, out _);
            NetworkSocket socket = newcomer.Open(stack);
            BindExplanation explanation = socket.ExplainBind(newcomer.Endpoint);
            Assert.Equal(explanation.Rule, socket.TryBind(newcomer.Endpoint).Rule);
            if (explanation.Rule == BindRule.Granted) continue;
            refusals++;
            AssertIsOneSentence(explanation);
            foreach (Remedy remedy in explanation.Remedies)
            {
                tried[remedy] = tried.GetValueOrDefault(remedy) + 1;
                BindRule rule = Apply(remedy, personality, scene, newcomer, explanation);
                Assert.True(rule == BindRule.Granted, $"{remedy}: still {rule}\n{newcomer}\n{explanation.Message}\n{stack.Snapshot()}");
            }
        }

        Assert.True(refusals > 100, $"{refusals} refusals only");
        Remedy[] wanted = [Remedy.ReuseAddressOnAll, Remedy.AnotherPort, Remedy.HolderGone, Remedy.WiderRange];
        foreach (Remedy remedy in wanted) Assert.True(tried.GetValueOrDefault(remedy) > 3, $"{remedy} was hardly named");
    }

    [Fact]
    public void To_explain_changes_nothing_not_even_the_ports_that_are_chosen_next()
    {
        foreach (Personality personality in Personality.All)
        {
            Random random = TestSettings.Random(602);
            Entry[] scene = [.. Enumerable.Range(0, 60).Select(_ => Entry.Draw(random, personality) with { Port = random.Next(3) * 5000 })];
            Assert.Equal(Play(explaining: false), Play(explaining: true));

            string Play(bool explaining)
            {
                NetworkStack stack = BindRig.Stack(personality);
                string before = "";
                foreach (Entry entry in scene)
                {
                    NetworkSocket socket = entry.Open(stack);
                    if (explaining)
                    {
                        before = stack.Snapshot().ToString();
                        socket.ExplainBind(entry.Endpoint);
                        socket.ExplainBind(new InetEndpoint(entry.Endpoint.Address, 0));
                        socket.ExplainListen();
                        Assert.Equal(before, stack.Snapshot().ToString());
                    }

                    socket.TryBind(entry.Endpoint);
                    if (explaining) socket.ExplainBind(entry.Endpoint);
                }

                return stack.Snapshot().ToString();
            }
        }
    }

    [Fact]
    public void To_explain_a_scope_id_does_not_set_the_device()
    {
        NetworkStack stack = BindRig.Stack(Personality.Linux);
        NetworkSocket socket = stack.Open("udp6");
        Assert.Equal(BindRule.NotLocal, socket.ExplainBind(InetEndpoint.Parse("[fe80::1:1%3]:5000")).Rule);
        Assert.Equal(0u, socket.Binding.Device);
        Assert.Equal(BindRule.NoScope, socket.ExplainBind(InetEndpoint.Parse("[fe80::1:1]:5000")).Rule);
    }

    [Fact]
    public void A_message_names_the_rule_the_holder_and_the_way_out()
    {
        NetworkStack stack = BindRig.Stack(Personality.Linux);
        stack.OpenBound("tcp4", "0.0.0.0:8080", uid: 1001).Listen();
        NetworkException refused = Assert.Throws<NetworkException>(() => stack.Open("tcp4").Bind(InetEndpoint.Parse("10.1.0.1:8080")));
        Assert.Equal(
            "bind tcp 10.1.0.1:8080: EADDRINUSE, held by tcp 0.0.0.0:8080 (LISTEN, uid 1001, shares nothing); would help: " +
            "SO_REUSEPORT on every socket of the port, all of one owner, or another port (0 has the stack choose), or closing the holder.", refused.Message);
    }

    [Theory]
    [InlineData("tcp4", "10.9.9.9:5000", BindRule.NotLocal, "AddAddress FreeBind")]
    [InlineData("tcp4", "10.1.0.255:5000", BindRule.Granted, "")]
    [InlineData("tcp6", "[::ffff:10.1.0.1]:5000", BindRule.Granted, "")]
    [InlineData("tcp6", "[fe80::1:1]:5000", BindRule.NoScope, "ScopeId")]
    [InlineData("tcp6", "[ff02::1]:5000", BindRule.MulticastStream, "")]
    [InlineData("tcp4", "[::1]:5000", BindRule.BadFamily, "OtherFamily")]
    [InlineData("tcp6", "[::1]:80", BindRule.Privileged, "Privilege")]
    public void What_is_refused_before_the_table_is_asked_is_explained_too(string kind, string endpoint, BindRule rule, string remedies)
    {
        NetworkStack stack = BindRig.Stack(Personality.Linux);
        BindExplanation explanation = stack.Open(kind, uid: 1001).ExplainBind(InetEndpoint.Parse(endpoint));
        Assert.Equal(rule, explanation.Rule);
        Assert.Equal(remedies, string.Join(' ', explanation.Remedies));
        AssertIsOneSentence(explanation);
    }

    [Fact]
    public void A_bound_socket_is_told_to_make_way_for_a_new_one_only_where_that_could_bind()
    {
        NetworkStack stack = BindRig.Stack(Personality.Linux);
        NetworkSocket socket = stack.OpenBound("tcp4", "10.1.0.1:5000");
        Assert.Empty(socket.ExplainBind(InetEndpoint.Parse("10.1.0.1:5000")).Remedies);
        Assert.Equal([Remedy.NewSocket], socket.ExplainBind(InetEndpoint.Parse("10.1.0.1:5001")).Remedies);
        Assert.Equal(BindRule.Granted, stack.Open("tcp4").Bind("10.1.0.1:5001"));
    }

    private static void AssertIsOneSentence(BindExplanation explanation)
    {
        string message = explanation.Message;
        Assert.EndsWith(".", message, StringComparison.Ordinal);
        Assert.DoesNotContain(". ", message, StringComparison.Ordinal);
        Assert.DoesNotContain("\n", message, StringComparison.Ordinal);
        if (explanation.Rule is BindRule.InUse or BindRule.SharingDenied)
            Assert.Contains(explanation.Blocker!.ToString(), message, StringComparison.Ordinal);
    }

    /// <summary>The scene on a fresh stack; sockets that can't bind are closed, the same ones each time.</summary>
    private static NetworkStack Build(Personality personality, IReadOnlyList<Entry> scene, out List<NetworkSocket> sockets)
    {
        NetworkStack stack = BindRig.Stack(personality);
        stack.Settings.EphemeralPorts = Few;
        sockets = [];
        foreach (Entry entry in scene)
        {
            NetworkSocket socket = entry.Open(stack);
            if (socket.TryBind(entry.Endpoint).IsGranted && entry.Listens && entry.IsStream) socket.TryListen();
            if (!socket.IsBound) socket.Close();
            sockets.Add(socket);
        }

        return stack;
    }

    private static BindRule Apply(
        Remedy remedy, Personality personality, Entry[] scene, Entry newcomer, BindExplanation explanation)
    {
        NetworkStack stack = Build(personality, scene, out List<NetworkSocket> sockets);
        Entry asking = newcomer;
        switch (remedy)
        {
            case Remedy.ReuseAddressHere: asking = newcomer with { Sharing = newcomer.Sharing | Sharing.ReuseAddress }; break;
            case Remedy.ReusePortHere: asking = newcomer with { Sharing = newcomer.Sharing | Sharing.ReusePort }; break;
            case Remedy.V6Only: asking = newcomer with { V6Only = true }; break;
            case Remedy.NotExclusive: asking = newcomer with { Sharing = newcomer.Sharing & ~Sharing.Exclusive }; break;
            case Remedy.SameOwner: asking = newcomer with { Uid = explanation.Blocker!.Claim.Uid }; break;
            case Remedy.AnotherPort: asking = newcomer with { Port = 7777 }; break;
            case Remedy.WiderRange: stack.Settings.EphemeralPorts = new PortRange(5000, 5999); break;
            case Remedy.SpecificAddress or Remedy.AnotherAddress:
                asking = newcomer with { Address = UnusedFor(newcomer) };
                break;
            case Remedy.HolderGone:
                sockets.First(socket => socket.IsBound && IsBlocker(socket, explanation)).Close();
                break;
            case Remedy.ReuseAddressOnAll or Remedy.ReusePortOnAll:
                return ShareOnAll(remedy, personality, scene, newcomer);
            default: throw new InvalidOperationException($"{remedy} is not for a refusal by the table.");
        }

        return asking.Open(stack).TryBind(asking.Endpoint).Rule;
    }

    /// <summary>An address of the host on which no scene puts a socket.</summary>
    private static string UnusedFor(Entry newcomer) =>
        newcomer.Kind[3] == '4' ? "10.99.0.1" :
        newcomer.Address.StartsWith("::ffff:", StringComparison.Ordinal) ? "::ffff:10.99.0.1" : "2001:db8:99::1";

    private static bool IsBlocker(NetworkSocket socket, BindExplanation explanation) =>
        explanation.Blocker is { } row && HolderRow.Of(socket.Binding) is { } own &&
        own with { Owner = null } == row with { Owner = null };

    /// <summary>
    /// The same sockets, but all of the port share; where a system freezes or checks options at bind they bind anew.
    /// </summary>
    private static BindRule ShareOnAll(Remedy remedy, Personality personality, Entry[] scene, Entry newcomer)
    {
        bool isAddress = remedy == Remedy.ReuseAddressOnAll;
        Sharing option = isAddress ? Sharing.ReuseAddress : Sharing.ReusePort;
        Build(personality, scene, out List<NetworkSocket> sockets);
        var sharing = new List<Entry>();
        for (int i = 0; i < scene.Length; i++)
        {
            if (!sockets[i].IsBound) continue;
            Entry bound = scene[i] with { Port = sockets[i].LocalName.Port, Listens = sockets[i].IsListening };
            if (bound.Port != newcomer.Port || bound.IsStream != newcomer.IsStream) continue;
            sharing.Add(bound with
            {
                Sharing = (bound.Sharing | option) & (isAddress ? ~Sharing.Exclusive : ~Sharing.None),
                Uid = isAddress ? bound.Uid : newcomer.Uid,
            });
        }

        NetworkStack stack = Build(personality, sharing, out List<NetworkSocket> again);
        Assert.All(again, static socket => Assert.True(socket.IsBound));
        Entry asking = newcomer with { Sharing = newcomer.Sharing | option };
        return asking.Open(stack).TryBind(asking.Endpoint).Rule;
    }

    [Fact]
    public void A_holder_that_is_gone_by_the_time_of_the_explanation_is_said_to_be()
    {
        var table = new BindTable(Personality.Linux, new Random(1).NextBytes);
        var engine = new BindEngine(table, GoldenTopology.HostA());
        SocketBinding first = engine.Open(table.Udp, AddressFamily.InterNetwork, Caller.Root, null);
        SocketBinding second = engine.Open(table.Udp, AddressFamily.InterNetwork, Caller.Root, null);
        InetEndpoint endpoint = InetEndpoint.Parse("127.0.0.1:5000");
        Assert.True(engine.Bind(first, endpoint, Caller.Root).IsGranted);
        BindOutcome outcome = engine.Bind(second, endpoint, Caller.Root);
        BindEngine.Close(first);
        BindExplanation explanation = engine.Explain(second, BindCall.Bind, endpoint, outcome);
        Assert.Null(explanation.Blocker);
        Assert.Equal("held by a socket that has let go of it since", explanation.Cause);
    }
}
