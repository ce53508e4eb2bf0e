using UserNet.Wire;

namespace UserNet.Emulation;

/// <summary>Which frames a wire loses. A number stands for <see cref="Independent"/>.</summary>
/// <remarks>
/// Immutable: what there is to be remembered each direction of a link remembers for itself, and goes on with it while its
/// conditions change, until it is given another model that is not equal to this one. Each frame that is put on the link
/// counts, also one that is lost for another reason. Any thread.
/// </remarks>
public abstract record LossModel
{
    private protected LossModel()
    {
    }

    /// <summary>No frame.</summary>
    public static LossModel None { get; } = new IndependentLoss(0);

    /// <summary>The same as <see cref="Independent"/>.</summary>
    public static implicit operator LossModel(double chance) => Independent(chance);

    /// <summary>The same as <see cref="Independent"/>.</summary>
    public static LossModel FromDouble(double chance) => Independent(chance);

    /// <summary>Each frame with the same chance.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The chance does not lie between 0 and 1.</exception>
    public static LossModel Independent(double chance) => new IndependentLoss(Chance(chance, nameof(chance)));

    /// <summary>
    /// In bursts: a wire that is good or bad, each with a chance of loss, and changes between frames. It begins good.
    /// </summary>
    /// <param name="goodToBad">The chance that a good wire is bad for the next frame; p of tc-netem.</param>
    /// <param name="badToGood">
    /// The chance that a bad wire is good for the next frame; r of tc-netem. Its inverse is how many frames it stays
    /// bad.
    /// </param>
    /// <param name="lossInGood">The chance of loss while it is good; 1−k of tc-netem.</param>
    /// <param name="lossInBad">The chance of loss while it is bad; 1−h of tc-netem.</param>
    /// <exception cref="ArgumentOutOfRangeException">A chance does not lie between 0 and 1.</exception>
    /// <remarks>
    /// Gilbert 1960, Elliott 1963. In the long run it is bad for goodToBad / (goodToBad + badToGood) of the frames.
    /// </remarks>
    public static LossModel GilbertElliott(double goodToBad, double badToGood, double lossInGood = 0, double lossInBad = 1) =>
        new GilbertElliottLoss(
            Chance(goodToBad, nameof(goodToBad)), Chance(badToGood, nameof(badToGood)), Chance(lossInGood, nameof(lossInGood)),
            Chance(lossInBad, nameof(lossInBad)));

    /// <summary>Every n-th frame, counted from when the model came into force.</summary>
    /// <param name="n">How many frames lie from one that is lost to the next; 1 for all.</param>
    /// <param name="first">Which is the first to be lost, 1 for the very first; null for the n-th.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is below 1.</exception>
    public static LossModel EveryNth(int n, int? first = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(n, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(first ?? n, 1, nameof(first));
        return new EveryNthLoss(n, first ?? n);
    }

    /// <summary>Those frames of which a predicate says so; it is asked once for each, in their order.</summary>
    /// <param name="isLost">
    /// Called with the link's lock held: must not call the link. What it throws comes out where the frame was sent. It sees the
    /// frame as it is put on the link, and may count; two models are equal when they have the same delegate.
    /// </param>
    public static LossModel When(FramePredicate isLost)
    {
        ArgumentNullException.ThrowIfNull(isLost);
        return new PredicateLoss(isLost);
    }

    /// <summary>What any of several models loses. Each goes its own way, whatever the others lose.</summary>
    public static LossModel Any(params ReadOnlySpan<LossModel> models)
    {
        var leaves = new List<LossModel>();
        foreach (LossModel model in models)
        {
            ArgumentNullException.ThrowIfNull(model, nameof(models));
            if (model is AnyLoss several) leaves.AddRange(several.Models);
            else leaves.Add(model);
        }

        return new AnyLoss([.. leaves]);
    }

    private static double Chance(double value, string name) =>
        value is >= 0 and <= 1 ? value : throw new ArgumentOutOfRangeException(name, value, "A chance lies between 0 and 1.");
}

internal sealed record IndependentLoss(double Chance) : LossModel;

internal sealed record GilbertElliottLoss(double GoodToBad, double BadToGood, double LossInGood, double LossInBad) : LossModel;

internal sealed record EveryNthLoss(int N, int First) : LossModel;

internal sealed record PredicateLoss(FramePredicate IsLost) : LossModel;

internal sealed record AnyLoss(LossModel[] Models) : LossModel
{
    public bool Equals(AnyLoss? other) => other is not null && Models.AsSpan().SequenceEqual(other.Models);

    // The order in which a hash table keeps things may not show; nobody keeps many models in one.
    public override int GetHashCode() => Models.Length;

    public override string ToString() => $"Any({string.Join(", ", (object[])Models)})";
}
