using System.Diagnostics;
using UserNet.Bench.Measuring;

namespace UserNet.Bench.Faces;

/// <summary>The measurements of the faces, start to end.</summary>
/// <param name="plan">What to measure.</param>
/// <param name="progress">Is told what is being measured, and which share of all is done.</param>
internal sealed class FacesRun(FacesPlan plan, Action<string, double> progress)
{
    private const int AllocationRuns = 10_000;

    public FacesReport Run()
    {
        List<FaceRow> rows = [];
        for (int i = 0; i < FacesPlan.Faces.Count; i++)
        {
            using IFace face = FacesPlan.Faces[i]();
            using var engine = new EngineFace(face.Personality);
            progress($"{face.Name}: warming up", (double)i / FacesPlan.Faces.Count);
            WarmUp(engine, face);
            foreach (FaceCall call in FaceCalls.All)
            {
                progress($"{face.Name}: {call.Name()}", (i + 0.1 + 0.9 * (int)call / FaceCalls.All.Count) / FacesPlan.Faces.Count);
                if (face.Run(call) is { } through) rows.Add(Measure(face, call, engine.Run(call), through));
            }
        }

        progress("done", 1);
        return new FacesReport { Machine = Machine.Describe(), IsQuick = plan.IsQuick, Notes = Notes(), Rows = rows };
    }

    private FaceRow Measure(IFace face, FaceCall call, Action<int> engine, Action<int> through)
    {
        List<Sample>[] turns = Turns.Take([engine, through], plan.Turns, plan.Meter.Measure);
        return new FaceRow
        {
            Face = face.Name,
            Call = call.Name(),
            Engine = Of(turns[0].Select(static turn => turn.Nanoseconds), turns[0]),
            Through = Of(turns[1].Select(static turn => turn.Nanoseconds), turns[1]),
            More = Of(turns[1].Zip(turns[0], static (face, engine) => face.Nanoseconds - engine.Nanoseconds), turns[1]),
            EngineBytes = Meter.AllocatedBy(engine, AllocationRuns),
            ThroughBytes = Meter.AllocatedBy(through, AllocationRuns),
        };
    }

    private static Sample Of(IEnumerable<double> nanoseconds, List<Sample> turns) => Sample.Of([.. nanoseconds], turns[0].BatchSize);

    private void WarmUp(EngineFace engine, IFace face)
    {
        long begin = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(begin) < plan.WarmUp)
        {
            foreach (FaceCall call in FaceCalls.All)
            {
                engine.Run(call)(1000);
                face.Run(call)?.Invoke(1000);
            }
        }
    }

    private List<string> Notes() =>
    [
        "The engine alone is the stack's own socket, called with arguments that are read already: what every face is made of.",
        $"Medians of {plan.Turns} turns, which the engine and the face take one after the other; each is the median of {plan.Meter.Batches} batches of {plan.Meter.BatchTime.TotalMilliseconds} ms. One thread.",
        $"A batch during which the thread lost its processor is run again, up to four times; {plan.Meter.Repeats} were.",
        "What opens a socket makes it, so these calls allocate; the face adds the object that its descriptor refers to.",
        $"Tiered compilation with PGO, as programs have it; everything ran for {plan.WarmUp.TotalSeconds} s in all beforehand.",
    ];
}
