using UserNet.Bench.Measuring;

namespace UserNet.Bench.Faces;

/// <summary>What a run measures, and for how long.</summary>
/// <param name="IsQuick">Short batches and few turns.</param>
internal sealed record FacesPlan(bool IsQuick)
{
    /// <summary>The faces, each made when its turn comes.</summary>
    public static IReadOnlyList<Func<IFace>> Faces { get; } = [static () => new PosixFace(), static () => new Ws2Face(), static () => new ProviderFace(), static () => new WskFace(), static () => new DotNetFace()];

    public Meter Meter { get; } = IsQuick ? new Meter(TimeSpan.FromMilliseconds(5), 5) : new Meter(TimeSpan.FromMilliseconds(20), 9);

    /// <summary>How often the engine and the face take turns at a call.</summary>
    public int Turns => IsQuick ? 5 : 15;

    /// <summary>How long all calls run beforehand, for the just-in-time compiler to be done with them.</summary>
    public TimeSpan WarmUp { get; } = TimeSpan.FromSeconds(IsQuick ? 1 : 3);
}
