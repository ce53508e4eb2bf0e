using UserNet.Link;
using UserNet.Wire;

namespace UserNet.Emulation;

/// <summary>A <see cref="LossModel"/> at work in one direction of a link: its state. Lock of its owner held.</summary>
internal abstract class LossProcess
{
    /// <summary>The process of a model that keeps something in mind; null for none, whose chance is in the threshold.</summary>
    /// <param name="model">What to lose.</param>
    /// <param name="seed">Of the link's direction.</param>
    /// <param name="threshold">The chance of each frame, for <see cref="FrameChance.Happens"/>.</param>
    public static LossProcess? Begin(LossModel model, ulong seed, out ulong threshold)
    {
        threshold = model is IndependentLoss independent ? FrameChance.Threshold(independent.Chance) : 0;
        if (model is IndependentLoss) return null;
        return model is AnyLoss several ? new AnyProcess(several, seed) : Of(model, seed, 0);
    }

    /// <summary>Whether the next frame is lost. To be asked for each.</summary>
    /// <param name="random">The frame's number of the stream of losses.</param>
    /// <param name="number">The frame's place.</param>
    /// <param name="frame">The frame.</param>
    /// <param name="medium">What it is a frame of.</param>
    public abstract bool Loses(ulong random, long number, in LinkFrame frame, LinkMedium medium);

    private static LossProcess Of(LossModel model, ulong seed, int ordinal) => model switch
    {
        IndependentLoss independent => new IndependentProcess(independent),
        GilbertElliottLoss burst => new GilbertElliottProcess(burst, new FrameChance(seed, "loss state", ordinal)),
        EveryNthLoss every => new EveryNthProcess(every),
        PredicateLoss predicate => new PredicateProcess(predicate),
        _ => throw new ArgumentException($"There is no process for {model}.", nameof(model)),
    };

    private sealed class IndependentProcess(IndependentLoss model) : LossProcess
    {
        private readonly ulong _threshold = FrameChance.Threshold(model.Chance);

        public override bool Loses(ulong random, long number, in LinkFrame frame, LinkMedium medium) =>
            FrameChance.Happens(random, _threshold);
    }

    private sealed class GilbertElliottProcess(GilbertElliottLoss model, FrameChance changes) : LossProcess
    {
        private readonly ulong _toBad = FrameChance.Threshold(model.GoodToBad), _toGood = FrameChance.Threshold(model.BadToGood);
        private readonly ulong _inGood = FrameChance.Threshold(model.LossInGood), _inBad = FrameChance.Threshold(model.LossInBad);
        private bool _isBad;

        public override bool Loses(ulong random, long number, in LinkFrame frame, LinkMedium medium)
        {
            bool isLost = FrameChance.Happens(random, _isBad ? _inBad : _inGood);
            _isBad ^= FrameChance.Happens(changes.Of(number), _isBad ? _toGood : _toBad);
            return isLost;
        }
    }

    private sealed class EveryNthProcess(EveryNthLoss model) : LossProcess
    {
        private int _left = model.First;

        public override bool Loses(ulong random, long number, in LinkFrame frame, LinkMedium medium)
        {
            if (--_left > 0) return false;
            _left = model.N;
            return true;
        }
    }

    private sealed class PredicateProcess(PredicateLoss model) : LossProcess
    {
        public override bool Loses(ulong random, long number, in LinkFrame frame, LinkMedium medium) =>
            model.IsLost(new FrameView(frame.Octets.Span, medium == LinkMedium.Ethernet));
    }

    // The first draws as it would alone; the others have streams of their own.
    private sealed class AnyProcess : LossProcess
    {
        private readonly LossProcess[] _processes;
        private readonly FrameChance[] _chances;

        public AnyProcess(AnyLoss model, ulong seed)
        {
            _processes = new LossProcess[model.Models.Length];
            _chances = new FrameChance[model.Models.Length];
            for (int i = 0; i < _processes.Length; i++)
            {
                _processes[i] = Of(model.Models[i], seed, i);
                _chances[i] = new FrameChance(seed, "loss", i);
            }
        }

        public override bool Loses(ulong random, long number, in LinkFrame frame, LinkMedium medium)
        {
            bool isLost = false;
            for (int i = 0; i < _processes.Length; i++)
                isLost |= _processes[i].Loses(i == 0 ? random : _chances[i].Of(number), number, frame, medium);
            return isLost;
        }
    }
}
