using System.IO.Pipelines;

namespace UserNet.Doors;

/// <summary>
/// A scheduler all of whose work is done by one thread: a stack that has it is entered by that thread alone, and who would block it
/// lets the other work be done instead.
/// </summary>
public abstract class SingleThreadScheduler : PipeScheduler
{
    /// <summary>Refuses a thread that is not the one. Called before each entry of the stack.</summary>
    /// <exception cref="InvalidOperationException">It is another thread.</exception>
    public abstract void CheckThread();

    /// <summary>Does other work, and lets time pass, until a condition holds.</summary>
    /// <param name="condition">What is waited for.</param>
    /// <exception cref="InvalidOperationException">Nothing is left to be done, and it does not hold.</exception>
    public abstract void RunUntil(Func<bool> condition);
}
