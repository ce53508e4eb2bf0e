using System.IO.Pipelines;

namespace UserNet.Core;

/// <summary>Who waits for a socket: a blocked thread, or an operation whose continuation is to run.</summary>
internal interface IWake
{
    /// <summary>Goes on. Called once for each time it was added, outside the gate; must not run user code itself.</summary>
    /// <param name="scheduler">Where user code is to run.</param>
    void Wake(PipeScheduler scheduler);
}
