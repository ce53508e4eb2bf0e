using UserNet.Drill;
using UserNet.Drill.Calls;
using UserNet.Drill.Language;
using UserNet.Drill.Machine;
using Xunit;

namespace UserNet.Tests.Drill.Calls;

/// <summary>Calls of a script on a system that a test holds in its hand, and what they tell of themselves.</summary>
internal sealed class CallRig : ICallContext, IMachine
{
    public CallRig(DrillProfile profile = DrillProfile.Linux, DrillIpVersion version = DrillIpVersion.IPv4)
    {
        (Profile, IpVersion) = (profile, version);
        Calls = new ScriptCalls(this);
        Code = new CodeRunner(this);
    }

    /// <summary>What the calls are made on.</summary>
    public FakeSystem Fake { get; } = new();

    public ScriptCalls Calls { get; }

    public CodeRunner Code { get; }

    /// <summary>What the context was told.</summary>
    public List<string> Told { get; } = [];

    public DrillProfile Profile { get; }

    public DrillIpVersion IpVersion { get; }

    public bool IsLive { get; set; }

    IMachine ICallContext.Machine => this;

    long ICallContext.ToleranceMicroseconds => 4000;

    byte[] ICallContext.BindAddress => [0xB1, 0];

    byte[] ICallContext.ConnectAddress => [0xC1, 0];

    DrillAddresses IMachine.Addresses => throw new NotSupportedException();

    ISystem IMachine.System => Fake;

    long IMachine.Now => 0;

    Action<Func<bool>>? IMachine.Meanwhile { get; set; }

    /// <summary>Reads a call as it stands in a script.</summary>
    public static SystemCall Parse(string text) =>
        Assert.IsType<CallEvent>(Assert.Single(ScriptReader.Read($"0 {text}", "test.pkt", []).Events)).Call;

    /// <summary>Reads a piece of Python as it stands in a script.</summary>
    public static CodeBlock ParseCode(string text) =>
        Assert.IsType<CodeEvent>(Assert.Single(ScriptReader.Read($"0 %{{\n{text}\n}}%", "test.pkt", []).Events)).Code;

    /// <summary>Plays a call whose system answers something.</summary>
    public CallVerdict Play(string text, params ReadOnlySpan<int> answers)
    {
        foreach (int answer in answers) Fake.Answers.Enqueue(answer);
        return Calls.Play(Parse(text));
    }

    /// <summary>Plays a call that goes as it says.</summary>
    public void Pass(string text, params ReadOnlySpan<int> answers) => Assert.Equal(default, Play(text, answers));

    /// <summary>What the system was called with last.</summary>
    public string Last => Fake.Calls[^1];

    /// <summary>What is not supported of a call, and where.</summary>
    public (string Feature, Position At) Missing(string text)
    {
        SystemCall call = Parse(text);
        int before = Fake.Calls.Count;
        UnsupportedException missing = Assert.Throws<UnsupportedException>(() => Calls.Play(call));
        Assert.Equal(before, Fake.Calls.Count);
        return (missing.Message, missing.At);
    }

    public CallVerdict Run(string code) => Code.Run(ParseCode(code));

    void ICallContext.OnSocket(int descriptor) => Told.Add($"socket {descriptor}");

    void ICallContext.OnListen(int descriptor) => Told.Add($"listen {descriptor}");

    void ICallContext.OnConnect(int descriptor) => Told.Add($"connect {descriptor} after {Fake.Calls.Count} calls");

    void ICallContext.OnDisconnect(int descriptor) => Told.Add($"disconnect {descriptor}");

    void ICallContext.OnAccept(int listener, int descriptor) => Told.Add($"accept {listener} {descriptor}");

    void ICallContext.OnClose(int descriptor) => Told.Add($"close {descriptor}");

    void IMachine.StartClock()
    {
    }

    void IMachine.WaitUntil(long time, Func<bool> isOver)
    {
    }

    bool IMachine.TryTake(long until, Func<bool> isOver, out SentPacket packet)
    {
        packet = default;
        return false;
    }

    void IMachine.Inject(ReadOnlySpan<byte> packet)
    {
    }

    string? IMachine.Run(CommandText command) => null;

    void IMachine.End()
    {
    }

    void IDisposable.Dispose()
    {
    }
}
