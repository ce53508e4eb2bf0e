using System.Runtime.CompilerServices;
using UserNet.Time;
using UserNet.Wire;

namespace UserNet.Simulation;

// Waiting for packets: from outside, which runs the network, and inside a program, which awaits.
public sealed partial class PacketWatch
{
    /// <summary>Runs the network until a packet passes, unless it did already.</summary>
    /// <param name="what">Which one.</param>
    /// <param name="within">How much time may pass, its last instant included.</param>
    /// <param name="description">What the failure calls it; the caller's expression when not given.</param>
    /// <returns>
    /// A copy of it. The network stands behind the event in which it passed; more may be to happen at that instant.
    /// </returns>
    /// <exception cref="ExpectationException">
    /// It does not pass in time, or nothing is left to happen. The message shows what did.
    /// </exception>
    /// <exception cref="ObjectDisposedException">The watch is over.</exception>
    /// <remarks>
    /// What the network's runs throw, such as a program's exception, comes out here too; also what the question throws.
    /// </remarks>
    public SeenPacket Expect(FramePredicate what, TimeSpan within, [CallerArgumentExpression(nameof(what))] string description = "") =>
        Run(new Expectation(this, ExpectationKind.One, [what], within, description)).Found[0];

    /// <summary>Runs the network until packets have passed one after the other, unless they did already.</summary>
    /// <param name="what">Which ones. Others may pass between them.</param>
    /// <param name="within">How much time may pass until the last one.</param>
    /// <param name="description">What the failure calls them; the caller's expressions when not given.</param>
    /// <returns>Copies of them.</returns>
    /// <inheritdoc cref="Expect" path="/exception"/>
    /// <inheritdoc cref="Expect" path="/remarks"/>
    public IReadOnlyList<SeenPacket> ExpectInOrder(
        FramePredicate[] what, TimeSpan within, [CallerArgumentExpression(nameof(what))] string description = "") =>
        Run(new Expectation(this, ExpectationKind.InOrder, what, within, description)).Found;

    /// <summary>
    /// Runs the network for a time in which no such packet may pass. It takes nothing from the expectations behind it.
    /// </summary>
    /// <param name="what">Which one. Those that passed before do not count.</param>
    /// <param name="during">How much time passes, its last instant included.</param>
    /// <param name="description">What the failure calls it; the caller's expression when not given.</param>
    /// <exception cref="ExpectationException">One passed. The network stands there.</exception>
    /// <inheritdoc cref="Expect" path="/remarks"/>
    public void ExpectNone(FramePredicate what, TimeSpan during, [CallerArgumentExpression(nameof(what))] string description = "") =>
        Run(new Expectation(this, ExpectationKind.None, [what], during, description));

    /// <summary>As <see cref="Expect"/>, in a program of the network, which goes on when the packet has passed.</summary>
    /// <returns>The packet, or the failure.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The time is negative, or longer than 49 days.</exception>
    public async Task<SeenPacket> ExpectAsync(
        FramePredicate what, TimeSpan within, [CallerArgumentExpression(nameof(what))] string description = "") =>
        (await RunAsync(new Expectation(this, ExpectationKind.One, [what], within, description))).Found[0];

    /// <summary>As <see cref="ExpectInOrder"/>, in a program of the network.</summary>
    /// <inheritdoc cref="ExpectAsync" path="/exception"/>
    public async Task<IReadOnlyList<SeenPacket>> ExpectInOrderAsync(
        FramePredicate[] what, TimeSpan within, [CallerArgumentExpression(nameof(what))] string description = "") =>
        (await RunAsync(new Expectation(this, ExpectationKind.InOrder, what, within, description))).Found;

    /// <summary>As <see cref="ExpectNone"/>, in a program of the network, which goes on when the time is over.</summary>
    /// <inheritdoc cref="ExpectAsync" path="/exception"/>
    public Task ExpectNoneAsync(
        FramePredicate what, TimeSpan during, [CallerArgumentExpression(nameof(what))] string description = "") =>
        RunAsync(new Expectation(this, ExpectationKind.None, [what], during, description));

    private Expectation Run(Expectation expectation)
    {
        Begin(expectation);
        try
        {
            bool isOver = _network.RunEventsUntil(() => expectation.IsOver, expectation.End);
            if (!isOver)
            {
                bool isNone = expectation.Kind == ExpectationKind.None;
                if (isNone || !_network.IsIdle) _network.PassTo(expectation.End);
                expectation.TimeIsOver();
            }
        }
        finally
        {
            _memory.Remove(expectation);
        }

        expectation.ThrowFailure();
        return expectation;
    }

    private Task<Expectation> RunAsync(Expectation expectation)
    {
        Begin(expectation);
        return expectation.WaitAsync();
    }

    private void Begin(Expectation expectation)
    {
        _network.CheckThread();
        ObjectDisposedException.ThrowIf(_memory.IsDisposed, this);
        _memory.Add(expectation, expectation.Kind == ExpectationKind.None ? _memory.Count : _memory.Next);
    }
}
