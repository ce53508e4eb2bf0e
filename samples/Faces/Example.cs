using UserNet.Binding;
using UserNet.Simulation;

namespace UserNet.Samples.Faces;

/// <summary>What an example runs on, and where it says what each call answered.</summary>
internal sealed class Example(TextWriter output) : IDisposable
{
    private const int CallWidth = 58;

    private readonly VirtualNetwork _lab = new(seed: 1);

    /// <summary>A host with the loopback interface alone, on which time passes when the example waits.</summary>
    public NetworkStack NewHost(Personality personality) => new(new NetworkStackOptions
    {
        Personality = personality,
        Randomness = new Random(1).NextBytes,
        TimeProvider = _lab.Clock,
        Scheduler = _lab.Scheduler,
    });

    /// <summary>Lets time pass until something is so.</summary>
    public void WaitUntil(Func<bool> condition) => _lab.RunUntil(condition, TimeSpan.FromSeconds(1));

    /// <inheritdoc/>
    public void Dispose() => _lab.Dispose();

    /// <summary>One line: a call, and its answer.</summary>
    public void Say(string call, object? answer) => output.WriteLine($"  {call.PadRight(CallWidth)} {answer}");
}
